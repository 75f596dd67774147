"""A query is read before the engine reads it: what it is, whether it calls another server, whether it can be parsed
safely.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from graph import inspection, resources
from graph.embedded import ScratchStore
from graph.errors import QueryError, QueryRefused
from graph.inspection import classify
from graph.tokens import query_tokens

# kinds


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("SELECT * {}", "select"),
        ("select*{}", "select"),
        ("ASK{}", "ask"),
        ("Construct WHERE {}", "construct"),
        ("DESCRIBE <http://a>", "construct"),
        ("# INSERT\nBASE <http://b/>\nPREFIX ASK: <http://a#>\n PREFIX : <x>\n#\n select ?x {}", "select"),
    ],
)
def test_the_first_word_after_the_prologue_is_the_kind(query: str, kind: str) -> None:
    assert classify(query) == kind


@pytest.mark.parametrize(
    "word",
    [
        "INSERT DATA {}",
        "delete where {}",
        "WITH <a:b> DELETE {} WHERE {}",
        "CLEAR ALL",
        "DROP ALL",
        "CREATE GRAPH <a:b>",
    ],
)
def test_an_update_is_told_that_the_endpoint_only_reads(word: str) -> None:
    with pytest.raises(QueryError, match="only reads"):
        classify("PREFIX a: <a:b> " + word)


def test_load_is_refused() -> None:
    with pytest.raises(QueryRefused, match="LOAD"):
        classify("LOAD <http://127.0.0.1:1/>")


@pytest.mark.parametrize("query", ["", "  # nothing", "PREFIX", "PREFIX a: <a:b>", "hello", "{}", "<http://a>"])
def test_what_is_no_query_is_told_how_one_begins(query: str) -> None:
    with pytest.raises(QueryError, match="begin it with SELECT"):
        classify(query)


# SERVICE

_CALL = "SERVICE<http://127.0.0.1:1/>{?q ?r ?t}"
_CALLS = [
    _CALL,
    "service <http://127.0.0.1:1/> {}",
    "SERVICE#x\n<http://127.0.0.1:1/>{}",
    "SERVICE SILENT <http://127.0.0.1:1/> {}",
    "SERVICESILENT<http://127.0.0.1:1/>{}",
    "SERVICE ?x {}",
    "SERVICE :x {}",
    "SERVICE:x{}",
    "{{SERVICE<a:b>{}}}",
    "?s ?p true SERVICE <a:b> {}",
    "?s ?p true.SERVICE <a:b> {}",
    "?s ?p trueSERVICE <a:b> {}",
    "?s ?p 1SERVICE <a:b> {}",
    "?s ?p 1.SERVICE <a:b> {}",
    "?s ?p 'x'@en--ltrSERVICE <a:b> {}",
]


@pytest.mark.parametrize("call", _CALLS)
def test_a_call_of_another_server_is_refused_however_it_is_written(call: str) -> None:
    with pytest.raises(QueryRefused, match="SERVICE"):
        classify("PREFIX : <a:b> SELECT * { " + call + " }")


@pytest.mark.parametrize(
    "pattern",
    [
        "?s ?p 'SERVICE <http://a> {}'",
        '?s ?p """\nSERVICE <http://a> {}"""',
        "?s ?p <http://SERVICE/service#SERVICE>",
        "?s ?p ?service , $SERVICE",
        "?s ?p ?o # SERVICE <http://a> {}",
        "?s a service:SERVICE ; a :service",
        "?s ?p _:service",
        "FILTER(?a<?b && '>' != 'SERVICE')",
        "GRAPH service:g { ?s ?p ?o }",
        "VALUES (?a ?b) { (<http://a/b> <http://a/service>) }",
    ],
)
def test_the_word_in_a_text_an_iri_a_comment_or_a_name_is_fine(pattern: str) -> None:
    assert classify("PREFIX service: <a:b> SELECT * { " + pattern + "\n}") == "select"


# each of these is SPARQL; read wrongly, its quotes or signs of "less than" would hide what stands between two of them
_CAMOUFLAGE = """
FILTER(?o='y') FILTER(?o<'>') FILTER(?o<"'") FILTER(1<'>') FILTER(-1<'>') FILTER(1e5<'>') FILTER(1.e5<'>')
FILTER(!1<'>') FILTER((1)<'>') FILTER(true<'>') FILTER('a'@en<'>') FILTER('a'@en--ltr<'>')
FILTER('1'^^<a:'><'>') FILTER('1'^^a:x<'>') FILTER(a:f<'>') FILTER(<a:'><'>') FILTER(a:f()<'>')
FILTER<a:f>(1<'>') FILTER(a:f(1<'>')<'>') FILTER(<a:f>(1<'>')<'>') FILTER(IF(1<'>',1,1))
FILTER(COALESCE(1<'>',<a:'>)) FILTER(1·IN(1<'>',<a:'>)) FILTER(1·NOT·IN(1<'>'))
FILTER(EXISTS{?s·?p·<a:'>}<'>') FILTER(NOT·EXISTS{}<'>') FILTER·EXISTS{FILTER(1<'>')} FILTER(?o=1||<a:'>='x')
FILTER(?o<=?p&&?o>'>') FILTER(?o<'>'&&(<a:'>)=1) FILTER(1<-1||'>'='')
FILTER(<<(?s·?p·<a:'>)>>=<<(?s·<a:'>·?o)>>) FILTER(TRIPLE(?s,?p,<a:'>)<'>') BIND(1<'>'·AS·?w)
BIND(<<(?s·?p·<a:'>)>>·AS·?t) BIND(a:x\\'y·AS·?b) BIND(a:\u0530\\'y·AS·?b) VALUES(?c·?d){(<a:b>·<a:'>)}
VALUES·?v{<a:'>'a'<a:'>} VALUES·?v{UNDEF·<a:'>} OPTIONAL{?s·?p·(<a:b>·<a:'>)} OPTIONAL{?s·a·(<a:b>·<a:'>)}
OPTIONAL{?s·a:p·(<a:b><a:'>)} OPTIONAL{?s·?p·((<a:'>)<a:'>)} OPTIONAL{?s·a:p·[a:p·<a:'>;a:q·(<a:'>)]}
OPTIONAL{<<(?s·?p·<a:'>)>>·a:p·<a:'>.} OPTIONAL{?s·?p·<a:'>{|a:p·<a:'>|}.}
OPTIONAL{?s·(<a:'>|^<a:'>/!(<a:'>|^<a:'>))*·?o.} OPTIONAL{GRAPH·<a:'>{}} MINUS{?s·?p·<a:'>}
{SELECT(1<'>'·AS·?m){}} {SELECT·DISTINCT(1<'>'AS?m){}} {SELECT?s(1<'>'AS?m)(1<'>'AS?n){}LIMIT·1}
{SELECT(COUNT(DISTINCT<a:'>)AS?c){}} {SELECT(COUNT(*)<'>'AS?c){}} {SELECT(1·AS?g){}GROUP·BY(1<'>')}
{SELECT(1·AS?g){}GROUP·BY·a:f(1<'>')?s(1<'>')} {SELECT*{}HAVING(1<'>')} {SELECT*{}ORDER·BY(1<'>')DESC(1<'>')}
{SELECT·?s{}GROUP·BY·?s·HAVING·a:f(1<'>')ORDER·BY·a:f(1<'>')ASC(1<'>')?s} {SELECT*{}ORDER·BY<a:'>(1<'>')?s}
{SELECT*{}VALUES(?c·?d){(<a:b>·<a:'>)}} FILTER(?o<?p#>'''¶) FILTER(?o<?p#'>'¶) #'¶ #'''¶
"""
_PIECES = [each.replace("·", " ").replace("¶", "\n") for each in _CAMOUFLAGE.split()]


@pytest.mark.parametrize("piece", _PIECES)
def test_each_piece_of_the_camouflage_is_sparql(piece: str) -> None:
    """Otherwise the next test would test nothing."""
    try:
        ScratchStore().select("PREFIX a: <http://a/> SELECT * { ?s ?p ?o " + piece + "\n}")
    except QueryError as error:
        assert "custom function" in str(error)


def test_no_piece_of_sparql_before_and_after_a_call_hides_it() -> None:
    hidden = []
    for before in _PIECES:
        for after in _PIECES[::4]:
            query = f"PREFIX a: <http://a/> SELECT * {{ {before}\n{_CALL}\n{after}\n }}"
            try:
                classify(query)
                hidden.append(query)
            except QueryRefused:
                continue
    assert len(_PIECES) > 60 and hidden == []


@pytest.mark.parametrize("text", ["VALUES ?x {'''a'} " + _CALL, "?s ?p 'a", '?s ?p "a\\"', "?s ?p '''a''"])
def test_a_text_that_is_never_closed_is_refused_with_its_place(text: str) -> None:
    """The engine reads ''' as an empty text and an opening quote where that makes a query of it, and so would find a
    SERVICE.
    """
    with pytest.raises(QueryError, match="never closed") as caught:
        classify("SELECT * {\n" + text + " }")
    assert caught.value.line == 2


# nesting

_NESTED = {
    "{": "SELECT * " + "{" * 2_200 + "}" * 2_200,
    "(": "SELECT * { FILTER" + "(" * 4_700 + "1" + ")" * 4_700 + "}",
    "!": "SELECT * { FILTER(" + "!" * 9_400 + "true) }",
    "! apart": "SELECT * { FILTER(" + "! " * 9_400 + "true) }",
    "-": "SELECT * { FILTER(" + "-" * 9_400 + "1) }",
    "IF": "SELECT * { FILTER(" + "IF(true," * 1_000 + "1" + ",1)" * 1_000 + ") }",
    "EXISTS": "SELECT * {" + "FILTER EXISTS{" * 850 + "}" * 850 + "}",
    "OPTIONAL": "SELECT * {" + "OPTIONAL{" * 2_700 + "}" * 2_700 + "}",
    "OPTIONAL side by side": "SELECT * {" + "OPTIONAL{?s ?p ?o}" * 200 + "}",
    "UNION": "SELECT * {{}" + "UNION{}" * 6_600 + "}",
    "&&": "SELECT * { FILTER(" + "1&&" * 10_000 + "1) }",
    "+": "SELECT * { FILTER(" + "1+" * 10_000 + "1) }",
    "path": "SELECT * { ?s " + "<a:b>/" * 1_000 + "<a:b> ?o }",
    "[": "SELECT * { ?s ?p " + "[?p " * 200 + "1" + "]" * 200 + "}",
    "<<(": "SELECT * { ?s ?p " + "<<( ?s ?p " * 2_000 + "1" + ")>>" * 2_000 + "}",
    "patterns": "SELECT * {" + "?s ?p ?o." * 500 + "}",
    "objects": "SELECT * { ?s ?p 1" + ",1" * 500 + "}",
    "GRAPH": "SELECT * {" + "GRAPH?g{?s ?p ?o}" * 200 + "}",
    "VALUES": "SELECT * {" + "VALUES?x{1}" * 200 + "}",
}


@pytest.mark.parametrize("name", _NESTED)
def test_what_would_end_or_stop_the_process_that_parses_it_is_refused(name: str) -> None:
    with pytest.raises(QueryError, match="which is the limit; ask in several simpler queries"):
        classify(_NESTED[name])


@pytest.mark.parametrize("piece", ["!", "(", "?s ?p ?o . ", "OPTIONAL {} "])
def test_what_is_refused_is_not_read_to_its_end(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    monkeypatch.setattr(inspection, "query_tokens", lambda query: (read.append(each.text) or each for each in query_tokens(query)))
    with pytest.raises(QueryError, match="which is the limit"):
        classify("SELECT * { " + piece * 5_000)
    assert len(read) < 1_000


@pytest.mark.parametrize("path", sorted(resources.folder("queries").glob("*.rq")), ids=lambda path: path.stem)
def test_the_quick_look_says_nothing_else_than_reading_word_by_word(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    query = path.read_text("utf-8")
    quick = inspection.examine(query)
    monkeypatch.setattr(inspection, "_is_harmless", lambda _: False)
    assert inspection.examine(query) == quick == ("select", False)


@pytest.mark.parametrize(
    "piece",
    ["SERVICE ?x {}", "\u017fervice ?x {}", "\\u0053ERVICE ?x {}", "'", '"', "(" * 65, "!" * 65, "?s ?p ?o . " * 121, "OPTIONAL {} " * 61, "?a / " * 201],
)
def test_the_quick_look_lets_nothing_by(piece: str) -> None:
    assert inspection._is_harmless("SELECT * { ?s ?p ?o }") and not inspection._is_harmless("SELECT * { " + piece + " }")


@pytest.mark.parametrize(
    "query",
    ["ASK {}", "PREFIX a: <http://a#> SELECT * { ?s a:p/^a:q ?o . ?o a:r 1, 2 ; a:t true }", "# who\nBASE <b:> DESCRIBE <a>", "CONSTRUCT WHERE { ?s ?p ?o }",
     "LOAD <http://a/>", "DELETE WHERE { ?s ?p ?o }", "PREFIX a: <http://a#>", "hello", ""],
)
def test_what_the_quick_look_lets_by_has_the_outcome_it_had(query: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def outcome() -> object:
        try:
            return inspection.examine(query)
        except (QueryError, QueryRefused) as error:
            return type(error), str(error)

    assert inspection._is_harmless(query)
    quick = outcome()
    monkeypatch.setattr(inspection, "_is_harmless", lambda _: False)
    assert outcome() == quick
