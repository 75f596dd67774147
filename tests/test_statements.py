"""Statements as they are kept after reading: text for the engine, rdflib's terms for who asks."""

from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import BNode, Literal, URIRef

from graph import formats, statements
from graph.embedded import EmbeddedStore, ScratchStore
from graph.errors import ParseError, PayloadTooLarge
from graph.formats import digest_of, lines_of, read, serialise, size_of
from graph.statements import Statements

_ODD = 'a"b\\c\n\r\t\x00\x7f\x85\u2028é\U0001f600 . <y> .'
_A, _B, _P = (URIRef(f"http://a.example/{each}") for each in "abp")
_TRIPLES = (
    (_A, _P, _B), (_A, _P, Literal("x")), (_A, _P, Literal("x", lang="en")), (_A, _P, Literal("x", lang="en-gb")),
    (_A, _P, Literal("01", datatype=URIRef("http://www.w3.org/2001/XMLSchema#integer"))), (_A, _P, Literal(_ODD)), (_A, _P, _B),
)  # fmt: skip
_G, _H = URIRef("http://a.example/g"), URIRef("http://a.example/h")


def _read(folder: Path, triples, name: str = "x.nt") -> formats.Document:
    (folder / name).write_bytes(formats.n_triples(triples))
    return read(folder / name)


@pytest.fixture(params=[1, 3, 5_000], ids=lambda each: f"{each} at once")
def pieces(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts of so many statements."""
    monkeypatch.setattr("graph.statements._AT_ONCE", request.param)


def test_they_are_the_triples_that_were_written(tmp_path: Path, pieces: None) -> None:
    given = _read(tmp_path, _TRIPLES).triples
    assert isinstance(given, Statements)
    assert given == _TRIPLES and len(given) == len(_TRIPLES) and given[1] == _TRIPLES[1] and given[::-1] == _TRIPLES[::-1]
    assert given != _TRIPLES[1:]


def test_their_digest_and_size_are_those_of_the_set_of_triples(tmp_path: Path, pieces: None) -> None:
    given = _read(tmp_path, _TRIPLES).triples
    assert (digest_of(given), size_of(given)) == (digest_of(_TRIPLES), 6) == (digest_of(set(_TRIPLES)), size_of(_TRIPLES))
    assert "_triples" not in vars(given)  # nobody had to make rdflib's terms
    assert sorted(lines_of(given)) == sorted(lines_of(_TRIPLES))
    assert serialise(given, formats.by_key("ttl")) == serialise(_TRIPLES, formats.by_key("ttl"))


def test_with_blank_nodes_the_digest_does_not_hang_on_their_names(tmp_path: Path, pieces: None) -> None:
    plain, other = ((*_TRIPLES, (BNode(name), _P, BNode("z")), (_A, _P, BNode(name))) for name in ("x", "y"))
    one, two = _read(tmp_path, plain).triples, _read(tmp_path, other, "y.nt").triples
    assert one.has_blank_nodes and two.has_blank_nodes and not _read(tmp_path, _TRIPLES, "z.nt").triples.has_blank_nodes
    assert digest_of(one) == digest_of(two) == digest_of(plain) and set(one) != set(two)


@pytest.mark.parametrize("disk", [False, True])
@pytest.mark.parametrize("bytes_at_once", [1, 1_000_000])
def test_a_store_takes_them_as_it_takes_triples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pieces: None, disk: bool, bytes_at_once: int
) -> None:
    monkeypatch.setattr("graph.filling._FEWEST", bytes_at_once)
    nameless = BNode()
    more = _read(tmp_path, [*_TRIPLES, (_B, _P, nameless), (nameless, _P, _A)], "y.nt").triples
    given = _read(tmp_path, _TRIPLES).triples
    with EmbeddedStore(tmp_path / "store") if disk else ScratchStore() as store:
        for graphs in ({_G: given, _H: more}, {_G: more, _H: (), _B: given}):  # into an empty store, and in place of others
            store.replace(graphs)
            assert store.graphs() == {name: size_of(each) for name, each in sorted(graphs.items()) if each}
            for name, each in graphs.items():
                found = store.construct(f"CONSTRUCT {{ ?s ?p ?o }} {{ GRAPH {name.n3()} {{ ?s ?p ?o }} }}")
                assert digest_of(found) == digest_of(_kept(each))
            assert store.tally().triples == 8


def _kept(triples) -> list:
    """The triples with the number as the engine writes it."""
    return [(s, p, Literal("1", datatype=o.datatype) if o == _TRIPLES[4][2] else o) for s, p, o in list(triples)]


def test_what_only_looks_like_rdf_1_2_or_a_blank_node_is_read(tmp_path: Path) -> None:
    texts = ['"@en--ltr', "<<( a b c )>>", "> _:x", "a--b"]
    given = _read(tmp_path, [(_A, _P, Literal(each)) for each in texts]).triples
    assert [str(o) for _, _, o in given] == texts
    with ScratchStore() as store:
        store.replace({_G: given})
        assert store.graphs() == {_G: 4}


def test_a_statement_that_could_not_be_read_back_is_refused(tmp_path: Path) -> None:
    long = '"""' + "\n" * 9_000_000 + '"""'  # each line end is two characters in N-Triples
    (tmp_path / "x.ttl").write_text(f"<http://a/a> <http://a/b> {long} .", encoding="utf-8")
    with pytest.raises(PayloadTooLarge, match="16 MiB"):
        read(tmp_path / "x.ttl")


def test_what_is_just_short_enough_is_read_back(tmp_path: Path) -> None:
    text = "x" * (statements._LONGEST - 100)
    given = _read(tmp_path, [(_A, _P, Literal(text))] * 2).triples
    with ScratchStore() as store:
        store.replace({_G: given})
        assert store.graphs() == {_G: 1} and given[0][2] == Literal(text)


def test_a_file_that_is_n_triples_already_is_kept_once_and_still_tells_its_lines(tmp_path: Path, pieces: None) -> None:
    plain = _read(tmp_path, _TRIPLES)
    (tmp_path / "y.nt").write_bytes(b"# a remark\n" + formats.n_triples(_TRIPLES))
    other = read(tmp_path / "y.nt")
    assert plain.triples.is_source and not other.triples.is_source
    assert (plain.lines, other.lines) == ({_A: 1}, {_A: 2})


def test_the_engine_writes_each_statement_as_it_sorts_it() -> None:
    """On which the digest of a text rests."""
    quads = [ox.Quad(*map(formats.to_ox, each)) for each in _TRIPLES]
    assert ox.serialize(quads, format=ox.RdfFormat.N_TRIPLES) == "".join(f"{each} .\n" for each in quads).encode()


def test_what_the_engine_wrote_is_read_unchecked_as_it_is_read_checked(tmp_path: Path) -> None:
    """On which it rests that a text is checked once, when it comes in, and not on its way into a store."""
    (tmp_path / "x.nt").write_bytes(
        rb'<http://\u00e9.example/\U0001F600?q=%20(x)#f> <urn:a:b> "\uD7FF\t\u0085<y> .\n"@EN-Latn-GB .' b"\n"
        rb'_:b-1 <http://a.example/p> "-01"^^<http://a.example/d> .'
    )  # fmt: skip
    (text,) = read(tmp_path / "x.nt").triples.texts()
    unchecked, checked = (list(ox.parse(text, ox.RdfFormat.N_TRIPLES, lenient=each)) for each in (True, False))
    assert unchecked == checked and str(checked[0].object).endswith("@en-latn-gb")
    assert f"{checked[0].triple} .\n".encode() == text.splitlines(keepends=True)[0] and len(checked) == 2


def test_a_store_is_never_given_what_the_strict_parser_refuses(tmp_path: Path) -> None:
    (tmp_path / "x.nt").write_bytes(b"<http://a.example/a> <http://a.example/p> <no scheme> .\n")
    assert len(list(ox.parse(path=str(tmp_path / "x.nt"), lenient=True))) == 1  # so it would take it, unchecked
    with ScratchStore() as store, pytest.raises(ParseError):
        store.replace({_G: read(tmp_path / "x.nt").triples})
