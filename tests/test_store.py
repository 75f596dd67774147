"""The contract of a store, on every engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rdflib import RDFS, XSD, BNode, Graph, Literal, URIRef

from graph.errors import DataError, QueryError, StoreError, UnsupportedMediaType
from graph.formats import Triple
from graph.settings import Settings
from graph.store import Dataset, Store, Table, open_store

_ONE, _TWO = URIRef("http://graph.example/one"), URIRef("http://graph.example/two")
_A, _B, _P = URIRef("http://a.example/a"), URIRef("http://a.example/b"), URIRef("http://a.example/p")
_FIRST = (_A, _P, Literal("first", lang="en"))
_SECOND = (_B, _P, Literal("007", datatype=XSD.string))
_ALL = "SELECT ?s ?p ?o WHERE { ?s ?p ?o }"
_JSON, _TURTLE = "application/sparql-results+json", "text/turtle"


@pytest.fixture
def filled(store: Store) -> Store:
    """A store with one triple in each of two graphs."""
    store.replace({_ONE: [_FIRST], _TWO: [_SECOND]})
    return store


def _said(store: Store) -> set[Triple]:
    return set(store.select(_ALL).rows)


def test_a_new_store_is_empty(store: Store) -> None:
    assert (
        store.graphs() == {} and store.select(_ALL) == Table(("s", "p", "o"), ()) and not store.ask("ASK { ?s ?p ?o }")
    )


def test_the_default_graph_is_the_union_of_the_named_graphs(filled: Store) -> None:
    assert _said(filled) == {_FIRST, (_B, _P, Literal("007"))}


def test_a_triple_in_two_graphs_is_one_in_the_union(filled: Store) -> None:
    filled.replace({_TWO: [_FIRST]})
    assert filled.select(_ALL).rows == (_FIRST,)
    assert filled.select("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }").rows[0][0].toPython() == 1
    filled.drop(_ONE)
    assert filled.select(_ALL).rows == (_FIRST,)
    filled.drop(_TWO)
    assert filled.select(_ALL).rows == ()


def test_a_query_that_chooses_its_graphs_gets_these_only(filled: Store) -> None:
    assert filled.select(f"SELECT ?o FROM <{_TWO}> WHERE {{ ?s ?p ?o }}").rows == ((Literal("007"),),)
    assert filled.select(f"select ?o from\tnamed <{_TWO}> {{ ?s ?p ?o }}").rows == ()
    assert filled.select(f"SELECT ?g FROM NAMED <{_TWO}> {{ GRAPH ?g {{ ?s ?p ?o }} }}").rows == ((_TWO,),)
    assert b"first" not in b"".join(filled.stream(f"SELECT * FROM <{_TWO}> {{ ?s ?p ?o }}", _JSON))


def test_the_word_from_in_a_text_chooses_nothing(filled: Store) -> None:
    assert len(filled.select("SELECT * { ?s ?p ?o FILTER(?o != ' FROM ') } # FROM <x:y>").rows) == 2


def test_a_table_has_columns_in_the_order_of_the_query_and_none_for_what_is_not_bound(filled: Store) -> None:
    table = filled.select("SELECT ?o ?missing ?s WHERE { ?s ?p ?o } ORDER BY ?s")
    assert table.columns == ("o", "missing", "s")
    assert table.rows == ((Literal("first", lang="en"), None, _A), (Literal("007"), None, _B))


def test_the_words_of_a_text_and_its_language_stay_as_they_were(store: Store) -> None:
    literals = {
        Literal('ä\n"\\\U0001f600'),
        Literal("x", lang="en-gb"),
        Literal("maybe", datatype=XSD.boolean),
        Literal(""),
    }
    store.replace({_ONE: [(_A, _P, each) for each in literals]})
    assert {row[0] for row in store.select("SELECT ?o { ?s ?p ?o }").rows} == literals


def test_ask_answers_yes_and_no(filled: Store) -> None:
    assert filled.ask(f"ASK {{ <{_A}> ?p ?o }}") is True
    assert filled.ask("ASK { <http://nowhere.example/> ?p ?o }") is False


def test_construct_and_describe_give_a_graph(filled: Store) -> None:
    built = filled.construct("CONSTRUCT { ?o <http://a.example/q> ?s . ?s <http://a.example/r> ?o } WHERE { ?s ?p ?o }")
    assert isinstance(built, Graph) and len(built) == 2  # a literal is no subject
    assert set(filled.construct(f"DESCRIBE <{_A}>")) == {_FIRST}


@pytest.mark.parametrize(
    ("query", "line", "column", "said"),
    [
        ("SELECT ?s\nWHERE { ?s ?p ?o ", 2, 18, "this is not SPARQL; correct it near 'WHERE { ?s ?p ?o'"),
        ("SELECT ?s\nWHERE { ?s ?p }", 2, None, "near 'WHERE { ?s ?p }'"),
        (
            "SELECT ?s\nWHERE { ?s trop:of ?o }",
            2,
            12,
            "the prefix trop: is not declared; begin the query with PREFIX trop:",
        ),
        ("SELECT ?s (COUNT(?o) AS ?n) { ?s ?p ?o }", 1, None, "neither grouped nor bound"),
        ("SELECT * { ?s ?p <a> }", 1, None, "relative"),
        ("INSERT DATA { <a:a> <a:b> 1 }", 1, None, "near 'INSERT DAT"),
        ("", 1, 1, "not SPARQL; correct it."),
    ],
)
@pytest.mark.parametrize("method", ["select", "ask", "construct", "stream"])
def test_a_query_that_cannot_be_read_is_told_by_line_and_column(
    filled: Store, method: str, query: str, line: int, column: int | None, said: str
) -> None:
    arguments = (query, _JSON) if method == "stream" else (query,)
    with pytest.raises(QueryError, match="^The query cannot be read at line") as caught:
        getattr(filled, method)(*arguments)
    assert said in str(caught.value) and caught.value.line == line and column in (None, caught.value.column)


@pytest.mark.parametrize("method", ["select", "ask", "construct", "stream"])
def test_a_query_with_half_a_character_is_told_so(filled: Store, method: str) -> None:
    arguments = ("ASK { ?s ?p '\ud800' }", _JSON) if method == "stream" else ("ASK { ?s ?p '\ud800' }",)
    with pytest.raises(QueryError, match="half a character at offset 13"):
        getattr(filled, method)(*arguments)


@pytest.mark.parametrize(
    ("method", "query", "said"),
    [
        ("select", "ASK {}", "This query is ASK; here it must be SELECT"),
        ("ask", "CONSTRUCT WHERE { ?s ?p ?o }", "here it must be ASK"),
        ("construct", "SELECT * {}", "This query is SELECT; here it must be CONSTRUCT or DESCRIBE"),
    ],
)
def test_a_query_of_another_kind_is_told_what_was_expected(filled: Store, method: str, query: str, said: str) -> None:
    with pytest.raises(QueryError, match=said):
        getattr(filled, method)(query)


@pytest.mark.parametrize(
    ("query", "media_type", "said"),
    [
        (_ALL, _JSON, b'"value":"first"'),
        (_ALL, "application/sparql-results+xml", b">first</literal>"),
        (_ALL, "text/csv", b"s,p,o\r\n"),
        (_ALL, "text/tab-separated-values", b'"first"@en'),
        ("ASK {}", _JSON, b'"boolean":true'),
        ("ASK {}", "application/sparql-results+xml", b"<boolean>true</boolean>"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", _TURTLE, b'"first"@en'),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "application/n-triples", b'"first"@en .'),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "application/rdf+xml", b'xml:lang="en"'),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "application/ld+json", b'"@language":"en"'),
    ],
)
def test_a_stream_is_the_answer_in_the_format_asked_for(
    filled: Store, query: str, media_type: str, said: bytes
) -> None:
    assert said in b"".join(filled.stream(query, media_type))


@pytest.mark.parametrize(
    ("query", "media_type"), [(_ALL, _TURTLE), ("ASK {}", "text/csv"), ("CONSTRUCT WHERE {?s ?p ?o}", _JSON)]
)
def test_a_stream_in_a_format_the_answer_does_not_have_is_refused_with_those_it_has(
    filled: Store, query: str, media_type: str
) -> None:
    with pytest.raises(UnsupportedMediaType, match="ask for "):
        filled.stream(query, media_type)


def test_a_stream_comes_in_pieces_and_can_be_left(store: Store) -> None:
    store.replace({_ONE: [(URIRef(f"http://a.example/{n}"), _P, Literal(n)) for n in range(1_000)]})
    pieces = store.stream("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", "text/csv")  # a thousand million rows
    assert len(next(pieces)) < 1_000_000
    pieces.close()


def test_replace_puts_the_new_in_place_of_the_old_and_leaves_other_graphs(filled: Store) -> None:
    filled.replace({_ONE: [(_A, _P, _B)]})
    assert _said(filled) == {(_A, _P, _B), (_B, _P, Literal("007"))}


def test_the_same_content_twice_is_the_same_store(filled: Store) -> None:
    before = filled.graphs()
    filled.replace({_ONE: [_FIRST, _FIRST]})
    assert filled.graphs() == before == {_ONE: 1, _TWO: 1}


def test_replace_takes_iterators(store: Store) -> None:
    store.replace({_ONE: iter([_FIRST]), _TWO: (each for each in [_SECOND])})
    assert store.graphs() == {_ONE: 1, _TWO: 1}


def test_a_graph_given_without_triples_is_gone(filled: Store) -> None:
    filled.replace({_ONE: []})
    assert filled.graphs() == {_TWO: 1}
    assert filled.select("SELECT DISTINCT ?g { GRAPH ?g {} }").rows == ((_TWO,),)


def test_drop_removes_one_graph_and_dropping_nothing_is_no_error(filled: Store) -> None:
    filled.drop(_TWO)
    filled.drop(URIRef("http://graph.example/never"))
    assert filled.graphs() == {_ONE: 1}


def test_graphs_are_counted_and_sorted(filled: Store) -> None:
    filled.replace({URIRef("http://graph.example/a"): [_FIRST, _SECOND]})
    assert list(filled.graphs().items()) == [(URIRef("http://graph.example/a"), 2), (_ONE, 1), (_TWO, 1)]


def test_blank_nodes_are_kept_as_given_and_join_their_statements(store: Store) -> None:
    store.replace({_ONE: [(_A, _P, BNode("x")), (BNode("x"), _P, Literal("1"))]})
    assert store.ask(f"ASK {{ <{_A}> <{_P}> ?x . ?x <{_P}> '1' }}")


class _Broken:
    """Triples from a source that fails half-way."""

    def __iter__(self) -> Iterator[Triple]:
        yield (_A, _P, Literal("half"))
        raise DataError("the file went away")


@pytest.mark.parametrize(
    ("graphs", "error"),
    [
        ({_ONE: [(_A, _P, _B)], _TWO: [(_A, _P, URIRef("no iri"))]}, DataError),
        ({_ONE: [], URIRef("no iri"): [_FIRST]}, DataError),
        ({_ONE: [(_A, _P, Literal("\ud800"))]}, DataError),
        ({_TWO: [], _ONE: _Broken()}, DataError),
    ],
)
def test_a_replacement_that_fails_changes_nothing_at_all(filled: Store, graphs: dict, error: type[Exception]) -> None:
    before, counts = _said(filled), filled.graphs()
    with pytest.raises(error):
        filled.replace(graphs)
    assert _said(filled) == before and filled.graphs() == counts
    filled.replace({_ONE: [_SECOND]})  # and the store is still of use
    assert filled.graphs() == {_ONE: 1, _TWO: 1}


@pytest.mark.parametrize(
    "use",
    [
        lambda store: store.select(_ALL),
        lambda store: store.ask("ASK {}"),
        lambda store: store.construct("CONSTRUCT WHERE { ?s ?p ?o }"),
        lambda store: store.stream(_ALL, _JSON),
        lambda store: store.replace({_ONE: []}),
        lambda store: store.drop(_ONE),
        lambda store: store.graphs(),
    ],
)
def test_a_closed_store_says_that_it_is_closed(filled: Store, use) -> None:
    filled.close()
    filled.close()
    with pytest.raises(StoreError, match="closed"):
        use(filled)


def test_leaving_a_with_block_closes_the_store(filled: Store) -> None:
    with filled:
        pass
    with pytest.raises(StoreError, match="closed"):
        filled.graphs()


def test_open_store_opens_the_folder_of_the_settings(tmp_path: Path) -> None:
    settings = Settings(store=tmp_path / "deep" / "store", cache=None)
    with open_store(settings) as store:
        store.replace({_ONE: [_FIRST]})
    with open_store(settings) as store:
        assert store.graphs() == {_ONE: 1}


@pytest.mark.xfail(
    strict=True, raises=(AssertionError, QueryError), reason="https://github.com/oxigraph/oxigraph/issues/1919, mended there but not yet released"
)
def test_a_query_with_several_from_gets_a_triple_of_both_once(filled: Store) -> None:
    filled.replace({_TWO: [_FIRST]})
    assert filled.select(f"SELECT ?s FROM <{_ONE}> FROM <{_TWO}> {{ ?s ?p ?o }}").rows == ((_A,),)


# -- the dataset of the protocol


ABOUT = URIRef("http://e/about")


@pytest.fixture
def three(store: Store) -> Store:
    """Three graphs of one statement each, and one more that stands in two of them."""
    graphs = {URIRef(f"http://e/g{n}"): [(ABOUT, RDFS.label, Literal(str(n)))] for n in (1, 2, 3)}
    for n in (1, 2):
        graphs[URIRef(f"http://e/g{n}")].append((ABOUT, RDFS.label, Literal("both")))
    store.replace(graphs)
    return store


@pytest.mark.parametrize(("default", "named", "expected"), [
    ("1", "", "1 both"), ("12", "", "1 2 both"), ("", "3", "g3:3"), ("1", "3", "1 both g3:3"), ("12", "13", "1 2 both g1:1 g1:both g3:3"),
])
def test_a_dataset_takes_the_place_of_the_one_the_query_names(three: Store, default: str, named: str, expected: str) -> None:
    dataset = Dataset(*(tuple(URIRef(f"http://e/g{n}") for n in each) for each in (default, named)))
    query = "SELECT ?g ?o FROM <http://e/g3> { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"
    rows = three.select(query, dataset).rows
    assert sorted(f"{g[9:]}:{o}" if g else str(o) for g, o in rows) == expected.split()
    streamed = b"".join(three.stream(query, "text/csv", dataset)).count(b"\r\n") - 1
    assert streamed == len(rows)


@pytest.mark.parametrize("chunk", [1, 3, 8, 100])
def test_what_is_put_in_chunk_by_chunk_is_whole(store: Store, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    """In the graphs and in their union, wherever a chunk ends."""
    monkeypatch.setattr("graph.filling._CHUNK", chunk)
    one, two = ([(_A, _P, Literal(number)) for number in numbers] for numbers in (range(5), range(3, 9)))
    store.replace({_ONE: iter(one), _TWO: iter(two)})
    assert store.graphs() == {_ONE: 5, _TWO: 6} and len(store.select(_ALL).rows) == 9


def test_a_first_filling_that_fails_late_leaves_an_empty_store(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph.filling._CHUNK", 1)
    with pytest.raises(DataError):
        store.replace({_ONE: iter([_FIRST, _SECOND, (URIRef("no iri"), _P, _B)])})
    assert store.graphs() == {} and not store.ask("ASK { ?s ?p ?o }")
    store.replace({_ONE: [_FIRST]})
    assert _said(store) == {_FIRST}
