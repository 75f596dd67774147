"""What a file is checked for before a parser sees it: the wrong kind of file, and shapes of input that end a parser.

The limits come from measurements on the parser in use: a JSON-LD file of 60 KB with 4 000 nested objects, 20 000
nested triple terms, or an XML file of 743 bytes whose entities multiply, each ends the process that parses it, and no
Python code can catch that.
"""

from __future__ import annotations

import codecs
import re
from xml.parsers import expat

from graph.errors import ParseError

_DEEPEST_JSON = 200
_DEEPEST_XML = 1_000
_MOST_ENTITIES = 200
_LONGEST_ENTITY = 2_000
_MOST_TRIPLE_TERMS = 1_000
_PIECE = 1_048_576

_MAGIC = {
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a ZIP archive (or an Office document)",
    b"\x1f\x8b": "a gzip archive",
    b"\xd0\xcf\x11\xe0": "an old Office document",
    b"SQLite format 3": "a database",
}
_HTML = re.compile(rb"\s*(?:<!doctype\s+html|<html[\s>])", re.IGNORECASE)
_JSON_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)  # one that is never closed reaches to the end
_JSON_BRACKET = re.compile(rb"[\[\]{}]")


def text_of(data: bytes, *, source: str) -> bytes:
    """Return `data` without a byte order mark, once it is UTF-8 text and no web page.

    Raises ParseError that says what the file is instead and what to do.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or data[:200].count(0) > len(data[:200]) // 4:
        raise ParseError("this text is UTF-16; save it as UTF-8.", source=source)
    for magic, what in _MAGIC.items():
        if data.startswith(magic):
            raise ParseError(f"this is {what}, not RDF; give the RDF file itself.", source=source)
    text = data.removeprefix(b"\xef\xbb\xbf")
    if _HTML.match(text):
        raise ParseError("this looks like a web page (HTML), not RDF; save the data, not the page.", source=source)
    _check_utf8(text, source)
    return text


def _check_utf8(data: bytes, source: str) -> None:
    """Decode piece by piece, since the whole as characters may take four times the memory of its bytes."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(data), _PIECE):
        begun = len(decoder.getstate()[0])  # bytes of a character that the piece before ended in
        try:
            decoder.decode(data[start : start + _PIECE], final=start + _PIECE >= len(data))
        except UnicodeDecodeError as error:
            place = start - begun + error.start
            message = f"the byte 0x{data[place]:02X} is not UTF-8; save the file as UTF-8."
            line, column = data.count(b"\n", 0, place) + 1, place - data.rfind(b"\n", 0, place)
            raise ParseError(message, source=source, line=line, column=column) from None


def check(data: bytes, key: str, *, source: str) -> None:
    """Refuse text of the format called `key` whose nesting or entities would end the parser. Raises ParseError."""
    if key == "rdf":
        _check_xml(data, source)
    elif key == "jsonld":
        _check_json(data, source)
    elif data.count(b"<<(") > _MOST_TRIPLE_TERMS:
        raise ParseError("triple terms (RDF 1.2) are not read here; write the file in RDF 1.1.", source=source)


def _check_json(data: bytes, source: str) -> None:
    depth = 0
    for bracket in _JSON_BRACKET.findall(_JSON_STRING.sub(b"", data)):
        depth += 1 if bracket in b"[{" else -1
        if depth > _DEEPEST_JSON:
            message = f"brackets are nested more than {_DEEPEST_JSON} deep; give each resource an @id and list them."
            raise ParseError(message, source=source)


def _check_xml(data: bytes, source: str) -> None:
    """Read the XML once without building anything; entities that only name a namespace are fine."""
    parser = expat.ParserCreate("utf-8")
    depth = entities = 0

    def refuse(message: str) -> None:
        raise ParseError(message, source=source, line=parser.CurrentLineNumber, column=parser.CurrentColumnNumber + 1)

    def opened(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST_XML:
            refuse(f"elements are nested more than {_DEEPEST_XML} deep; describe each resource on its own.")

    def closed(name: str) -> None:
        nonlocal depth
        depth -= 1

    def declared(name: str, parameter: bool, value: str | None, *rest: object) -> None:
        nonlocal entities
        entities += 1
        if parameter or value is None or "&" in value or len(value) > _LONGEST_ENTITY or entities > _MOST_ENTITIES:
            refuse(f"the entity declaration '{name}' is not allowed; write its text out where it is used.")

    def doctype(name: str, system: str | None, public: str | None, internal: bool) -> None:
        if system or public:
            refuse("an external document type is never fetched; remove it from the DOCTYPE.")

    parser.StartElementHandler, parser.EndElementHandler = opened, closed
    parser.EntityDeclHandler, parser.StartDoctypeDeclHandler = declared, doctype
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        message = f"this is not well-formed XML: {expat.ErrorString(error.code)}."
        raise ParseError(message, source=source, line=error.lineno, column=error.offset + 1) from None
