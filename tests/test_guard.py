"""Nothing a stranger sends changes the data, calls another server, ends the process or is answered in part."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator

import pytest
from rdflib import Literal, URIRef

from graph import guard
from graph.embedded import ScratchStore
from graph.errors import (
    NotAcceptable,
    ParseError,
    PayloadTooLarge,
    QueryError,
    QueryTimeout,
    ResultTooLarge,
    StoreBusy,
    StoreError,
    TropicoError,
    UnsupportedMediaType,
)
from graph.formats import RDF_FORMATS, RESULT_FORMATS, by_key
from graph.settings import Settings
from graph.store import Dataset, Store

_GRAPH = URIRef("http://graph.example/one")
_ALL = "SELECT * { ?s ?p ?o }"
_ENDLESS = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
_SLOW = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


@pytest.fixture(scope="module")
def data() -> Iterator[Store]:
    """Two hundred triples."""
    with ScratchStore() as store:
        store.replace(
            {_GRAPH: [(URIRef(f"http://a.example/{n}"), URIRef("http://a.example/p"), Literal(n)) for n in range(200)]}
        )
        yield store


def _limits(**limits: object) -> Settings:
    return Settings(cache=None, **limits)  # type: ignore[arg-type]


def _said(answer: guard.Answer) -> bytes:
    return b"".join(answer.chunks)


# answers


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * " + "{" * 64 + "}" * 64,
        "SELECT * { FILTER(" + "!" * 64 + "true) }",
        "SELECT * {" + "OPTIONAL{?s ?p ?o}" * 60 + "}",
        "SELECT * { FILTER(1 IN(1" + ",1" * 20_000 + ")) }",
        "SELECT * { VALUES ?x {" + " 1" * 20_000 + "} } LIMIT 1",
        "SELECT * { FILTER(" + "1&&" * 500 + "1) } LIMIT 1",
    ],
)
def test_what_is_within_the_limits_is_answered(data: Store, query: str) -> None:
    assert _said(guard.answer(data, query, None, _limits()))


@pytest.mark.parametrize("fmt", RESULT_FORMATS, ids=lambda fmt: fmt.key)
def test_a_select_is_answered_in_the_format_accepted(data: Store, fmt) -> None:
    answer = guard.answer(data, _ALL + " LIMIT 1", fmt.media_type, _limits())
    assert (answer.format, answer.kind) == (fmt, "select") and _said(answer)


@pytest.mark.parametrize("fmt", RDF_FORMATS, ids=lambda fmt: fmt.key)
def test_a_construct_is_answered_in_the_format_accepted(data: Store, fmt) -> None:
    answer = guard.answer(data, "CONSTRUCT WHERE { ?s ?p 7 }", fmt.media_type, _limits())
    assert (answer.format, answer.kind) == (fmt, "construct") and b"http://a.example/7" in _said(answer)


def test_an_ask_is_answered_in_json_or_xml_only(data: Store) -> None:
    assert _said(guard.answer(data, "ASK {}", "*/*", _limits())) == b'{"head":{},"boolean":true}'
    with pytest.raises(NotAcceptable, match="sparql-results"):
        guard.answer(data, "ASK {}", "text/csv", _limits())


def test_a_forced_format_wins_over_what_is_accepted_if_the_answer_has_it(data: Store) -> None:
    assert guard.answer(data, _ALL, "text/csv", _limits(), forced=by_key("xml")).format.key == "xml"
    with pytest.raises(NotAcceptable, match="json, xml, csv, tsv"):
        guard.answer(data, _ALL, None, _limits(), forced=by_key("ttl"))


def test_a_query_that_cannot_be_read_is_told_by_line_and_column(data: Store) -> None:
    with pytest.raises(QueryError) as caught:
        guard.answer(data, "SELECT *\n{ ?s ?p", None, _limits())
    assert caught.value.line == 2 and caught.value.column


def test_a_query_that_is_too_long_is_refused_by_its_bytes(data: Store) -> None:
    query = "ASK {} # ä"
    with pytest.raises(PayloadTooLarge, match="11 bytes, the limit is 10"):
        guard.answer(data, query, None, _limits(max_query_bytes=10))
    assert guard.answer(data, query, None, _limits(max_query_bytes=11))


def test_a_large_answer_comes_in_pieces_of_a_bounded_size(data: Store) -> None:
    pieces = list(guard.answer(data, "SELECT * { ?a ?b ?c . ?d ?e ?f }", None, _limits()).chunks)
    assert len(pieces) > 10 and max(len(each) for each in pieces) <= 65_536


# limits

_TRICKY = ['","', "},{", "[{", '"},{"', "<result>", "a\nb", "a\r\nb", "a\tb", "\\", '\\"', '"', "", "{", "'"]


@pytest.mark.parametrize("fmt", RESULT_FORMATS, ids=lambda fmt: fmt.key)
def test_rows_are_counted_exactly_whatever_stands_in_them(fmt) -> None:
    with ScratchStore() as store:
        store.replace({_GRAPH: [(URIRef("a:a"), URIRef("a:p"), Literal(each, lang="en")) for each in _TRICKY]})
        query = "SELECT ?o ?none (<<( ?s ?p ?o )>> AS ?t) { ?s ?p ?o }"
        assert _said(guard.answer(store, query, None, _limits(max_rows=len(_TRICKY)), forced=fmt))
        with pytest.raises(ResultTooLarge, match=f"more than {len(_TRICKY) - 1} rows, which is the limit; add a LIMIT"):
            guard.answer(store, query, None, _limits(max_rows=len(_TRICKY) - 1), forced=fmt)


@pytest.mark.parametrize("fmt", RESULT_FORMATS, ids=lambda fmt: fmt.key)
def test_rows_without_values_are_counted(data: Store, fmt) -> None:
    query = "SELECT ?none { ?s ?p ?o }"
    assert _said(guard.answer(data, query, None, _limits(max_rows=200), forced=fmt))
    with pytest.raises(ResultTooLarge, match="rows"):
        guard.answer(data, query, None, _limits(max_rows=99), forced=fmt)


@pytest.mark.parametrize("query", [_ALL, "CONSTRUCT WHERE { ?s ?p ?o }", _ENDLESS])
def test_an_answer_beyond_the_byte_limit_is_an_error_and_never_a_part(data: Store, query: str) -> None:
    with pytest.raises(ResultTooLarge, match="more than 1000 bytes"):
        guard.answer(data, query, None, _limits(max_result_bytes=1_000))


@pytest.mark.parametrize("query", [_SLOW, _ENDLESS])
def test_a_query_past_its_time_is_given_up_in_time_and_the_next_is_answered(data: Store, query: str) -> None:
    started = time.perf_counter()
    with pytest.raises(QueryTimeout, match="longer than 0.1 seconds, which is the limit"):
        guard.answer(data, query, None, _limits(query_timeout=0.1, max_result_bytes=10**10))
    assert time.perf_counter() - started < 1
    assert _said(guard.answer(data, "ASK {}", None, _limits()))


def test_a_query_given_up_stops_at_its_next_row(data: Store) -> None:
    with pytest.raises(QueryTimeout):
        guard.answer(data, _ENDLESS, None, _limits(query_timeout=0.05, max_result_bytes=10**10))
    for thread in [each for each in threading.enumerate() if each.name in ("answer", "query")]:
        thread.join(5)
        assert not thread.is_alive()


def test_too_many_queries_at_once_are_told_to_come_again(data: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "_SLOTS", threading.BoundedSemaphore(1))
    for query in ("ASK {}", "SELECT * {", _ALL):  # whatever becomes of them, they make room
        try:
            guard.answer(data, query, None, _limits(max_rows=1))
        except TropicoError:
            pass
    with guard._SLOTS, pytest.raises(StoreBusy, match="try again"):
        guard.answer(data, "ASK {}", None, _limits(query_timeout=0.05))


class _Failing(ScratchStore):
    """A store whose answer breaks off after its first piece."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._failure = error

    def stream(self, query: str, media_type: str, dataset: Dataset | None = None) -> Iterator[bytes]:
        yield b'{"head":{"vars":["s"]},"results":{"bindings":['
        raise self._failure


def test_an_answer_that_breaks_off_is_an_error_and_never_a_part() -> None:
    with pytest.raises(StoreError, match="the disk is gone"):
        guard.answer(_Failing(StoreError("the disk is gone")), _ALL, None, _limits())


def test_an_answer_that_finds_no_room_says_so() -> None:
    with pytest.raises(StoreError, match="no room on disk .No space left"):
        guard.answer(_Failing(OSError(28, "No space left on device")), _ALL, None, _limits())


# uploads

_TURTLE = b"<http://a.example/x> <http://a.example/p> 1 ."


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("x.ttl", None),
        ("x.ttl", "application/octet-stream"),
        ("x.TTL", "text/plain; charset=utf-8"),
        ("whatever", "text/turtle"),
        (None, "text/turtle;charset=utf-8"),
        ("x.rdf", "application/n-triples"),
        ("C:\\fakepath\\x.nt", ""),
    ],
)
def test_the_media_type_or_else_the_name_gives_the_format(name: str | None, media_type: str | None) -> None:
    assert len(guard.read_upload(_TURTLE.replace(b"1", b'"1"'), name, media_type, _limits())) == 1


@pytest.mark.parametrize(
    ("name", "media_type", "said"),
    [("x.docx", None, r"\.ttl"), (None, None, r"\.ttl"), ("x.ttl", "image/png", "text/turtle")],
)
def test_an_unknown_format_is_refused_with_those_that_are_known(
    name: str | None, media_type: str | None, said: str
) -> None:
    with pytest.raises(UnsupportedMediaType, match=said):
        guard.read_upload(_TURTLE, name, media_type, _limits())


def test_a_file_beyond_the_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(PayloadTooLarge, match="45 bytes, the limit is 44"):
        guard.read_upload(_TURTLE, "x.ttl", None, _limits(max_upload_bytes=44))
    assert guard.read_upload(_TURTLE, "x.ttl", None, _limits(max_upload_bytes=45))


@pytest.mark.parametrize(
    ("name", "shown"), [("../../etc/x.ttl", "x.ttl"), ("a\\b\\x.ttl", "x.ttl"), ("a\n\x1b[31mx.ttl", "a[31mx.ttl")]
)
def test_a_broken_file_is_named_by_the_plain_last_part_of_its_name(name: str, shown: str) -> None:
    with pytest.raises(ParseError) as caught:
        guard.read_upload(b"oops", name, None, _limits())
    assert caught.value.source == shown


def test_a_compressed_file_is_read_up_to_the_same_limit() -> None:
    packed = gzip.compress(_TURTLE)
    for name, media_type in (("x.ttl.gz", "application/gzip"), (None, "text/turtle"), ("x.ttl", None)):
        assert len(guard.read_upload(packed, name, media_type, _limits())) == 1
    with pytest.raises(PayloadTooLarge, match="once it is unpacked"):
        guard.read_upload(gzip.compress(_TURTLE + b" " * 1_000), "x.ttl.gz", None, _limits(max_upload_bytes=500))


def test_an_uploaded_dataset_is_read_as_one_graph() -> None:
    assert len(guard.read_upload(b"<http://a/g> {" + _TURTLE + b"}" + _TURTLE, "x.trig", None, _limits())) == 2
