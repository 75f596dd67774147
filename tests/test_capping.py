"""A table of results is ended at exactly so many rows, and what is left is what a LIMIT would have given."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rdflib import Literal, URIRef

from graph import capping
from graph.capping import Capped, RowsFull
from graph.embedded import ScratchStore
from graph.formats import RESULT_FORMATS, Format
from graph.store import Store

_TRICKY = ['","', "},{", "[{", '"},{"', "<result>", "a\nb", "a\r\nb", "a\tb", "\\", '\\"', '"', "", "{", "'", "\n", ",", "["]
_ROWS = 3 * len(_TRICKY)
_QUERIES = [
    "SELECT * { ?s ?p ?o }",
    "SELECT ?o { ?s ?p ?o }",
    "SELECT ?none { ?s ?p ?o }",
    "SELECT (<<( ?s ?p ?o )>> AS ?t) ?none { ?s ?p ?o }",
]


@pytest.fixture(scope="module")
def data() -> Iterator[Store]:
    """Texts that look like the structure of one format or another, three times each."""
    with ScratchStore() as store:
        triples = [(URIRef(f"a:{n}"), URIRef("a:p"), Literal(text)) for n, text in enumerate(_TRICKY * 3)]
        store.replace({URIRef("a:g"): triples})
        yield store


def _capped(whole: bytes, key: str, rows: int, step: int) -> tuple[bytes, bool]:
    """Return what is left of `whole`, written `step` bytes at a time, and whether it was ended."""
    left = bytearray()
    capped = Capped(left.extend, key, rows)
    try:
        for place in range(0, len(whole), step):
            capped.write(whole[place : place + step])
        capped.finish()
    except RowsFull:
        return bytes(left), True
    return bytes(left), False


@pytest.mark.parametrize("step", [1, 7, 1_000])
@pytest.mark.parametrize("fmt", RESULT_FORMATS, ids=lambda fmt: fmt.key)
@pytest.mark.parametrize("query", _QUERIES)
def test_an_ended_answer_is_that_of_a_limit_wherever_its_bytes_are_parted(
    data: Store, query: str, fmt: Format, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capping, "_AT_ONCE", 5)
    whole = b"".join(data.stream(query, fmt.media_type))
    for rows in (1, 2, _ROWS - 1):
        limited = b"".join(data.stream(f"{query} LIMIT {rows}", fmt.media_type))
        assert _capped(whole, fmt.key, rows, step) == (limited, True)
    for rows in (_ROWS, _ROWS + 1):
        assert _capped(whole, fmt.key, rows, step) == (whole, False)


@pytest.mark.parametrize("key", ["ttl", "nt", "rdf", "jsonld"])
def test_a_graph_has_no_rows_to_count(key: str) -> None:
    assert _capped(b'[{},{"a":"<result>"}]\n\n', key, 1, 3) == (b'[{},{"a":"<result>"}]\n\n', False)


def test_a_long_text_is_not_read_again_for_every_piece_of_it() -> None:
    written: list[int] = []
    capped = Capped(lambda data: written.append(len(data)), "json", 1)
    capped.write(b'{"head":{"vars":["a"]},"results":{"bindings":[{"a":{"type":"literal","value":"')
    for _ in range(2_000):
        capped.write(b"x" * 8_192)
    capped.write(b'"}}]}}')
    capped.finish()
    assert sum(written) == 2_000 * 8_192 + 84
