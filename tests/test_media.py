"""The choice of a format follows RFC 9110."""

from __future__ import annotations

import time

import pytest

from graph.errors import NotAcceptable, UnsupportedMediaType
from graph.media import DATASET_FORMATS, RDF_FORMATS, RESULT_FORMATS, by_key, negotiate


@pytest.mark.parametrize(
    ("accept", "key"),
    [
        (None, "json"),
        ("", "json"),
        ("*/*", "json"),
        ("text/*", "csv"),
        ("TEXT/CSV", "csv"),
        ("text/csv, application/sparql-results+xml", "csv"),
        ("application/sparql-results+json;q=0.1, text/csv;q=0.9", "csv"),
        ("application/json", "json"),
        ("application/sparql-results+xml, */*", "xml"),
        ("text/csv;q=0.5, */*;q=0.1", "csv"),
        ("*/*, application/sparql-results+json;q=0", "xml"),
        ("text/*;q=0, */*", "json"),
        ("text/*, text/csv;q=0", "tsv"),
        ("text/csv;charset=UTF-8", "csv"),
        ("text/csv;charset=utf-16, text/tab-separated-values;q=0.2", "tsv"),
        ('text/csv;header="present, yes;q=0";q=0.9, */*;q=0.1', "csv"),
        ("text/csv;q=nonsense, application/sparql-results+xml;q=0.3", "xml"),
        (";;,,  ,text/csv ; q=1.000", "csv"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", "json"),
    ],
)
def test_negotiate_gives_what_was_asked_for(accept: str | None, key: str) -> None:
    assert negotiate(accept, RESULT_FORMATS).key == key


@pytest.mark.parametrize(
    "accept", ["image/png", "*/*;q=0", "text/csv;q=0", "text/csv;charset=utf-16", "nonsense", "text/csv;q=2"]
)
def test_negotiate_refuses_rather_than_guess_and_lists_what_is_offered(accept: str) -> None:
    with pytest.raises(NotAcceptable, match="text/tab-separated-values"):
        negotiate(accept, RESULT_FORMATS)


def test_the_servers_order_decides_between_equals() -> None:
    assert negotiate("*/*", tuple(reversed(RDF_FORMATS))).key == "jsonld"


def test_a_hostile_header_is_read_in_a_moment() -> None:
    started = time.process_time()
    for header in (
        '"' * 60_000,
        "," * 60_000,
        'a/b;c="' * 8_000,
        "a/b;" * 15_000,
        "*/*," * 15_000,
        "a/b; " + " " * 60_000,
    ):
        try:
            negotiate(header, RESULT_FORMATS)
        except NotAcceptable:
            pass
    assert time.process_time() - started < 3


def test_every_format_is_found_by_its_key_and_an_unknown_one_lists_them() -> None:
    for each in RDF_FORMATS + DATASET_FORMATS + RESULT_FORMATS:
        assert by_key(each.key) is each
    with pytest.raises(UnsupportedMediaType, match="ttl, nt, rdf, jsonld, trig, nq, json, xml, csv, tsv"):
        by_key("xlsx")
