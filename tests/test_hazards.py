"""What would end a parser, or is no RDF at all, is refused before a parser sees it."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from graph import hazards
from graph.errors import ParseError

_RDF = b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xff\xfe<\x00", "UTF-16"),
        ("<http://a> <http://b> 1 .".encode("utf-16-be"), "UTF-16"),
        (b"  <!DOCTYPE HTML><html>", "a web page"),
        (b"\n<html lang='en'>", "a web page"),
        (b"\x89PNG\r\n", "a picture"),
        (b"%PDF-1.7", "a PDF"),
        (b"PK\x03\x04zip", "a ZIP archive"),
        (b"\x1f\x8b\x08", "a gzip archive"),
    ],
)
def test_a_file_of_another_kind_is_named_as_what_it_is(data: bytes, said: str) -> None:
    with pytest.raises(ParseError, match=said):
        hazards.text_of(data, source="x.ttl")


def test_a_byte_that_is_not_utf8_is_named_with_its_place() -> None:
    with pytest.raises(ParseError, match=r"^x\.ttl:2:4: the byte 0xE9"):
        hazards.text_of(b"abc\nabc\xe9", source="x.ttl")


def test_a_byte_order_mark_goes_and_everything_else_stays() -> None:
    assert hazards.text_of(b"\xef\xbb\xbf<a> \x00", source="x") == b"<a> \x00"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'<!DOCTYPE r [<!ENTITY a "xx"><!ENTITY b "&a;&a;">]>' + _RDF + b"</rdf:RDF>", "the entity declaration 'b'"),
        (
            b'<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + _RDF + b"&a;</rdf:RDF>",
            "the entity declaration 'a'",
        ),
        (b'<!DOCTYPE r [<!ENTITY % a "x">]>' + _RDF + b"</rdf:RDF>", "the entity declaration 'a'"),
        (b'<!DOCTYPE r [<!ENTITY a "' + b"x" * 3_000 + b'">]>' + _RDF + b"</rdf:RDF>", "the entity declaration 'a'"),
        (b'<!DOCTYPE r SYSTEM "http://evil.example/x.dtd">' + _RDF + b"</rdf:RDF>", "never fetched"),
        (_RDF + b"<a>" * 2_000, "nested more than 1000"),
        (_RDF + b"</rdf:RFD>", "mismatched tag"),
    ],
)
def test_dangerous_xml_is_refused_at_its_line(data: bytes, said: str) -> None:
    with pytest.raises(ParseError, match=said) as caught:
        hazards.check(data, "rdf", source="x.rdf")
    assert caught.value.line == 1 and caught.value.column


def test_entities_that_name_namespaces_are_fine() -> None:
    hazards.check(
        b'<!DOCTYPE rdf:RDF [<!ENTITY xsd "http://www.w3.org/2001/XMLSchema#">]>' + _RDF + b"</rdf:RDF>",
        "rdf",
        source="x",
    )


def test_deep_json_is_refused_and_brackets_in_its_texts_are_not_counted() -> None:
    with pytest.raises(ParseError, match="nested more than 200"):
        hazards.check(b'{"a":' * 4_000, "jsonld", source="x.jsonld")
    hazards.check(b'{"a": "' + b'[{\\"' * 4_000 + b'"}', "jsonld", source="x.jsonld")


def test_many_triple_terms_are_refused() -> None:
    with pytest.raises(ParseError, match="RDF 1.1"):
        hazards.check(b"<<(" * 20_000, "ttl", source="x.ttl")


@pytest.mark.parametrize("piece", [b'"', b'"\\', b"[", b"{}", b"\\"])
def test_checking_json_takes_time_in_proportion_to_its_length(piece: bytes) -> None:
    started = time.process_time()
    try:
        hazards.check(piece * (1_000_000 // len(piece)), "jsonld", source="x")
    except ParseError:
        pass
    assert time.process_time() - started < 3


@pytest.mark.parametrize("piece", [1, 2, 3, 1_000])
def test_a_byte_that_is_not_utf_8_is_told_by_its_place_wherever_a_piece_ends(monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    monkeypatch.setattr(hazards, "_PIECE", piece)
    good = "é–\U0001f600\n".encode() * 3
    assert hazards.text_of(good, source="x") == good
    for bad, column in ((b"a\xfcb", 2), (b"\xe2\x80", 1), (b"\xf0\x9f\x98 ", 1)):  # no beginning, an end too early, no continuation
        with pytest.raises(ParseError, match=f"0x{bad[column - 1]:02X} is not UTF-8") as caught:
            hazards.text_of(good + bad, source="x")
        assert (caught.value.line, caught.value.column) == (4, column)


def test_looking_whether_a_text_is_utf_8_takes_little_memory_beside_it() -> None:
    data = "\U0001f600–é".encode() * 1_000_000  # as characters four bytes each
    tracemalloc.start()
    try:
        hazards.text_of(data, source="x")
        assert tracemalloc.get_traced_memory()[1] < len(data)
    finally:
        tracemalloc.stop()
