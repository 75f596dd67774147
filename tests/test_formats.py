"""RDF goes in and out unchanged, and bad input is told by file, line and column."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import pytest
from rdflib import RDF, XSD, BNode, Literal, URIRef

from graph.errors import DataError, ParseError, PayloadTooLarge, TropicoError, UnsupportedMediaType, UsageError
from graph.formats import (
    DATASET_FORMATS,
    RDF_FORMATS,
    by_key,
    digest_of,
    n_triples,
    parse,
    parse_graphs,
    read,
    read_graphs,
    serialise,
    serialise_dataset,
    to_ox,
    to_term,
)

_TTL = by_key("ttl")
_A, _P = URIRef("http://a.example/x"), URIRef("http://a.example/p")
_TRIPLES = [
    (_A, RDF.type, URIRef("https://w3id.org/tropico-kg/ontology#Case")),
    (_A, _P, Literal('line\nbreak " \\ ü \U0001f600')),
    (_A, _P, Literal("hello", lang="en-gb")),
    (_A, _P, Literal("007", datatype=XSD.integer, normalize=False)),
    (_A, _P, Literal("many", datatype=XSD.integer)),
]


def _turtle(text: str) -> list:
    return parse(text.encode(), _TTL, source="x.ttl")


@pytest.mark.parametrize("fmt", RDF_FORMATS + DATASET_FORMATS, ids=lambda fmt: fmt.key)
def test_every_format_writes_what_it_reads_with_each_lexical_form_as_it_was(fmt) -> None:
    assert set(parse(serialise(_TRIPLES, fmt), fmt, source="x")) == set(_TRIPLES)


@pytest.mark.parametrize("fmt", RDF_FORMATS + DATASET_FORMATS, ids=lambda fmt: fmt.key)
def test_equal_graphs_give_equal_bytes_whatever_their_order_and_blank_nodes(fmt) -> None:
    one = [(_A, _P, BNode("one")), (BNode("one"), _P, Literal("1")), (BNode("two"), _P, Literal("2"))]
    two = [(BNode("b"), _P, Literal("1")), (BNode("a"), _P, Literal("2")), (_A, _P, BNode("b")), (_A, _P, BNode("b"))]
    assert serialise(one, fmt) == serialise(two, fmt)


def test_turtle_declares_the_prefixes_it_uses_and_no_others() -> None:
    text = serialise(_TRIPLES, _TTL).decode()
    assert "a trop:Case ;" in text and "@prefix skos:" not in text


def test_a_string_is_a_plain_literal_in_both_directions() -> None:
    assert to_term(to_ox(Literal("a", datatype=XSD.string))) == Literal("a")
    assert _turtle(f'<{_A}> <{_P}> "a"^^<{XSD.string}> .') == [(_A, _P, Literal("a"))]


@pytest.mark.parametrize("term", [URIRef("http://a b"), URIRef("relative"), BNode("a b"), Literal("\ud800")])
def test_a_term_that_is_not_valid_rdf_is_refused(term: URIRef | BNode | Literal) -> None:
    with pytest.raises(DataError, match="correct it"):
        to_ox(term)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a:x a:p 1 .", r"x\.ttl:1:1: The prefix a: has not been declared; declare it"),
        ("<http://a/x> <http://a/p> 1 .\n<x> <http://p> 1 .", r"x\.ttl:2:1: .*; write relative IRIs in full"),
        ("<http://a/x> <http://a/p> <http://a b> .", r"x\.ttl:1:\d+: Invalid IRI"),
        ("<http://a/x> <http://a/p> 1 .\n<http://a/x> ", r"x\.ttl:2:14: .*is the file complete"),
        ('<http://a/x> <http://a/p> "a"@en--ltr .', r"x\.ttl: .*RDF 1\.1"),
        ("<http://a/x> <http://a/p> <<( <http://a/x> <http://a/p> 1 )>> .", r"x\.ttl: .*RDF 1\.1"),
        ('<http://a/x> <http://a/p> "\\uD800" .', r"x\.ttl:1:28: "),
    ],
)
def test_a_broken_statement_is_told_by_its_place_and_a_remedy(text: str, said: str) -> None:
    with pytest.raises(ParseError, match=said):
        _turtle(text)


def test_an_error_in_the_last_of_many_lines_leaves_nothing_and_names_that_line() -> None:
    with pytest.raises(ParseError) as caught:
        _turtle("<http://a/x> <http://a/p> 1 .\n" * 5_000 + "oops")
    assert caught.value.line == 5_001


@pytest.mark.parametrize("context", ["http://localhost:1/c", "file:///etc/passwd"])
def test_a_remote_context_is_refused_not_fetched(context: str) -> None:
    with pytest.raises(ParseError, match="never fetched"):
        parse(f'{{"@context": "{context}", "name": "x"}}'.encode(), by_key("jsonld"), source="x.jsonld")


def test_named_graphs_are_refused_where_one_graph_is_read() -> None:
    with pytest.raises(ParseError, match="a file of its own"):
        parse(
            b'{"@id":"http://a/g","@graph":[{"@id":"http://a/x","http://a/p":"v"}]}',
            by_key("jsonld"),
            source="x.jsonld",
        )


def test_a_literal_beyond_the_parsers_buffer_is_too_large() -> None:
    with pytest.raises(PayloadTooLarge, match="16 MiB"):
        _turtle('<http://a/x> <http://a/p> "' + "x" * (17 * 2**20) + '" .')


def test_relative_iris_are_resolved_against_a_base_that_is_one() -> None:
    assert parse(b"<x> <p> <y> .", _TTL, source="x", base="http://a/")[0][0] == URIRef("http://a/x")
    with pytest.raises(UsageError, match="cannot be a base"):
        parse(b"<x> <p> <y> .", _TTL, source="x", base="no base")


def test_blank_nodes_of_two_files_are_never_the_same() -> None:
    text = "_:x <http://a/p> 1 ."
    assert _turtle(text)[0][0] != _turtle(text)[0][0]


def test_an_enormous_number_is_kept_as_text() -> None:
    huge = _turtle(f'<{_A}> <{_P}> "1e999999999"^^<{XSD.decimal}> .')[0][2]
    assert str(huge) == "1e999999999"


def test_the_digest_is_the_checksum_of_the_sorted_n_triples() -> None:
    assert digest_of(_TRIPLES) == hashlib.sha256(serialise(_TRIPLES, by_key("nt"))).hexdigest()
    assert digest_of(_TRIPLES) == digest_of([*reversed(_TRIPLES), _TRIPLES[0]])
    assert digest_of(_TRIPLES) != digest_of(_TRIPLES[1:])


def test_the_digest_does_not_depend_on_the_names_of_blank_nodes_but_on_what_they_say() -> None:
    text = "_:x <http://a/p> _:y . _:y <http://a/q> %s ."
    assert digest_of(_turtle(text % 1)) == digest_of(_turtle((text % 1).replace("_:x", "_:z")))
    assert digest_of(_turtle(text % 1)) != digest_of(_turtle(text % 2))


def test_a_dataset_keeps_the_names_of_its_graphs() -> None:
    written = serialise_dataset({URIRef("http://g/1"): _TRIPLES[:1], URIRef("http://g/2"): _TRIPLES[1:2]}, by_key("nq"))
    assert sorted(line.rsplit(b" ", 2)[1] for line in written.splitlines()) == [b"<http://g/1>", b"<http://g/2>"]


# reading files


def _file(folder: Path, name: str, data: bytes) -> Path:
    (folder / name).write_bytes(data)
    return folder / name


def test_a_document_knows_its_path_its_format_and_the_lines_of_its_subjects(tmp_path: Path) -> None:
    document = read(_file(tmp_path, "x.ttl", b"\xef\xbb\xbf@prefix a: <http://a.example/> .\n\na:x a:p 1 .\n"))
    assert document.triples == ((_A, _P, Literal("1", datatype=XSD.integer)),)
    assert (document.format.key, document.lines) == ("ttl", {_A: 3})


@pytest.mark.parametrize("suffix", [".ttl", ".nt", ".rdf", ".owl", ".jsonld"])
def test_an_empty_file_is_an_empty_graph(tmp_path: Path, suffix: str) -> None:
    assert read(_file(tmp_path, "x" + suffix, b"\n")).triples == ()


@pytest.mark.parametrize("key", ["ttl", "rdf", "jsonld"])
@pytest.mark.parametrize("name", ["x.ttl", "x.owl", "x.rdf", "x.jsonld", "x.unknown"])
def test_a_beginning_that_is_plain_counts_more_than_the_suffix(tmp_path: Path, name: str, key: str) -> None:
    document = read(_file(tmp_path, name, serialise(_TRIPLES[:1], by_key(key))))
    assert document.format.key == key


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("missing.ttl", UsageError, "There is no file"),
        ("folder.ttl", UsageError, "is a folder"),
        ("data.csv", UnsupportedMediaType, r"\.ttl, \.nt"),
        ("broken.ttl", ParseError, r"broken\.ttl:1:1: "),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, name: str, kind: type[TropicoError], said: str) -> None:
    (tmp_path / "folder.ttl").mkdir()
    _file(tmp_path, "data.csv", b"a,b\n")
    _file(tmp_path, "broken.ttl", b"oops")
    with pytest.raises(kind, match=said):
        read(tmp_path / name)


def test_a_file_without_permission_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(UsageError, match="cannot be read .Permission denied.; check its permissions"):
        read(_file(tmp_path, "x.ttl", b""))


# compressed files and files of several graphs

_TWO_GRAPHS = (
    b"@prefix a: <http://a.example/> .\n_:x a:p 1 .\nGRAPH a:g { _:x a:p 2 . a:x a:p 3 }\nGRAPH a:h { a:x a:p 4 }"
)


@pytest.mark.parametrize("fmt", [*RDF_FORMATS, *DATASET_FORMATS])
def test_every_format_is_read_compressed_as_well_and_after_a_byte_order_mark(tmp_path: Path, fmt) -> None:
    plain = read(_file(tmp_path, "x" + fmt.suffix, b"\xef\xbb\xbf" + serialise(_TRIPLES, fmt)))
    packed = read(_file(tmp_path, f"y{fmt.suffix}.GZ", gzip.compress(serialise(_TRIPLES, fmt))))
    assert plain.format == packed.format == fmt
    assert digest_of(plain.triples) == digest_of(packed.triples) == digest_of(_TRIPLES)


def test_a_trig_file_is_a_document_for_each_of_its_graphs(tmp_path: Path) -> None:
    parts = read_graphs(_file(tmp_path, "x.trig", _TWO_GRAPHS))
    assert [(each.graph, len(each.triples)) for each in parts] == [
        (None, 1), (URIRef("http://a.example/g"), 2), (URIRef("http://a.example/h"), 1)
    ]
    assert parts[0].triples[0][0] == parts[1].triples[0][0]  # one file, one blank node


def test_a_file_of_named_graphs_alone_has_no_document_without_a_name(tmp_path: Path) -> None:
    parts = read_graphs(_file(tmp_path, "x.nq", b"<http://a/x> <http://a/p> <http://a/y> <http://a/g> .\n"))
    assert [each.graph for each in parts] == [URIRef("http://a/g")]


def test_read_as_one_graph_the_graphs_of_a_file_are_one(tmp_path: Path) -> None:
    document = read(_file(tmp_path, "x.trig", _TWO_GRAPHS))
    assert len(document.triples) == 4 and document.graph is None


def test_a_graph_needs_an_iri_for_its_name() -> None:
    with pytest.raises(ParseError, match="give it an IRI"):
        parse_graphs(b"_:g { <http://a/x> <http://a/p> 1 }", by_key("trig"), source="x.trig")


def test_a_file_of_very_many_graphs_is_too_large() -> None:
    text = "".join(f"<http://a/x> <http://a/p> <http://a/y> <http://a/g{n}> .\n" for n in range(1_001))
    with pytest.raises(PayloadTooLarge, match="1000 graphs"):
        parse_graphs(text.encode(), by_key("nq"), source="x.nq")


def test_a_file_beyond_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with open(tmp_path / "x.ttl", "wb") as file:
        file.truncate(200_000_001)
    with pytest.raises(PayloadTooLarge, match="limit for one file"):
        read(tmp_path / "x.ttl")


def test_a_term_that_comes_again_is_the_same_object() -> None:
    """Most terms of a large file do; reading each anew would take twice the time and memory."""
    text = b'<http://a.example/a> <http://a.example/p> "x"@en, <http://a.example/a> . <http://a.example/b> <http://a.example/p> "x"@en, "x" .'
    triples = {(str(s), str(o), getattr(o, "language", None)): (s, p, o) for s, p, o in parse(text, by_key("ttl"), source="x")}
    own, said, again = (triples[key] for key in (("http://a.example/a", "http://a.example/a", None), ("http://a.example/a", "x", "en"), ("http://a.example/b", "x", "en")))
    assert own[0] is own[2] is said[0] and said[2] is again[2] and said[1] is again[1] and len(triples) == 4


def test_n_triples_are_those_of_the_engine() -> None:
    """Line by line, whatever stands in a literal: digests are made of them."""
    odd = [Literal(f"a{chr(number)}b") for number in (*range(0x500), 0x2028, 0xFEFF, 0xFFFD, 0x1F600)]
    odd += [Literal("a", lang="en-GB"), Literal("1", datatype=XSD.gYear), URIRef("http://a.example/é"), BNode("x")]
    subject = URIRef("http://a.example/a")
    written = serialise([(subject, subject, each) for each in odd], by_key("nt")).splitlines()
    assert len(written) == len(odd)
    for line in written:
        (triple,) = parse(line, by_key("nt"), source="x")
        assert n_triples([triple]).strip().partition(b"_:")[0] == line.partition(b"_:")[0]
