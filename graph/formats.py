"""RDF read from and written to bytes.

pyoxigraph parses and serialises, because rdflib accepts input that is not valid; rdflib's terms are what the rest of
the package sees. What is here and does not touch bytes (the table of formats, the choice between them) lives in
media, the terms in terms, and what was read in statements.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import pyoxigraph as ox
from rdflib import URIRef

from graph import hazards
from graph.errors import DataError, ParseError, PayloadTooLarge, UnsupportedMediaType, UsageError
from graph.files import uncompressed
from graph.media import (
    BOOLEAN_FORMATS,
    DATASET_FORMATS,
    JSON_LD,
    N_QUADS,
    N_TRIPLES,
    RDF_FORMATS,
    RDF_XML,
    RESULT_FORMATS,
    TRIG,
    TURTLE,
    Format,
    by_key,
    negotiate,
)
from graph.prefixes import NAMESPACES
from graph.statements import Statements
from graph.terms import Term, Triple, to_ox, to_term, to_term_once
from graph.tokens import subject_lines
from graph.unpacking import MOST, unpacked

__all__ = [
    "BOOLEAN_FORMATS",
    "DATASET_FORMATS",
    "Document",
    "Format",
    "RDF_FORMATS",
    "RESULT_FORMATS",
    "Statements",
    "Term",
    "Triple",
    "by_key",
    "digest_of",
    "format_of",
    "n_triples",
    "lines_of",
    "negotiate",
    "parse",
    "parse_graphs",
    "read",
    "read_graphs",
    "serialise",
    "serialise_dataset",
    "size_of",
    "syntax_error",
    "to_ox",
    "to_term",
    "to_term_once",
]

_RDF_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
_ENGINE = {
    TURTLE: ox.RdfFormat.TURTLE,
    N_TRIPLES: ox.RdfFormat.N_TRIPLES,
    RDF_XML: ox.RdfFormat.RDF_XML,
    JSON_LD: ox.RdfFormat.JSON_LD,
    TRIG: ox.RdfFormat.TRIG,
    N_QUADS: ox.RdfFormat.N_QUADS,
}
_SUFFIXES = {
    **{each.suffix: each for each in RDF_FORMATS + DATASET_FORMATS},
    ".owl": RDF_XML,
    ".xml": RDF_XML,
    ".json": JSON_LD,
}
_BEGINNINGS = (
    (re.compile(rb"\s*(?:<\?xml|<!DOCTYPE|<rdf:RDF)"), RDF_XML),
    (re.compile(rb"\s*(?:\{|\[\s*\{)"), JSON_LD),
    (re.compile(rb"(?:\s*#[^\n]*\n)*\s*(?:@prefix|@base|prefix\s|base\s)", re.IGNORECASE), TURTLE),
)
_REMEDIES = (
    ("has not been declared", "declare it at the top with @prefix"),
    ("No scheme found", "write relative IRIs in full or declare their @base"),
    ("Invalid IRI", "write the character percent-encoded"),
    ("Unexpected end", "the last statement is not finished, is the file complete"),
    ("LoadDocumentCallback", "contexts are never fetched, write the @context into the file"),
    ("Named graphs are not allowed", "one file is one graph here, save each graph as a file of its own"),
)
_MOST_GRAPHS = 1_000
_POSITION = re.compile(r"^Parser error [^:]*: ")


@dataclass(frozen=True)
class Document:
    """A file that was read: where it lies, what it says, and on which line the description of each subject begins.

    `graph` is the named graph that this is of a file with several, None for a file that is one graph. The triples of a document that
    was read are `Statements`, which go into a store and into a digest without being turned into terms.
    """

    path: Path
    format: Format
    triples: Sequence[Triple]
    lines: Mapping[URIRef, int]
    graph: URIRef | None = None


def read(path: Path) -> Document:
    """Read the RDF file at `path` as one graph, whatever graphs stand in it; it may be gzipped.

    Its suffix gives the format unless its beginning plainly says another. An empty file gives no triples. Raises
    UsageError (no such file, a folder, not readable), UnsupportedMediaType (unknown suffix), PayloadTooLarge and
    ParseError (with line and column).
    """
    parts = read_graphs(path)
    first = parts[0]
    return first if len(parts) == 1 else Document(first.path, first.format, Statements.joined(each.triples for each in parts), first.lines)


def read_graphs(path: Path) -> tuple[Document, ...]:
    """Read the RDF file at `path` as one document for each graph in it, the one without a name first.

    There is always one; only TriG and N-Quads have more. Raises as `read`.
    """
    path = Path(path)
    data = hazards.text_of(unpacked(_bytes_of(path), source=str(path)), source=str(path))
    fmt = _format_by(data, path.name)
    graphs = parse_graphs(data, fmt, source=str(path))
    lines = _lines(data if fmt in (TURTLE, N_TRIPLES) else b"", graphs[None])
    if len(graphs) > 1 and not graphs[None]:
        del graphs[None]
    return tuple(Document(path, fmt, statements, lines, name) for name, statements in graphs.items())


def _lines(data: bytes, statements: Statements) -> _Lines:
    """Return the lines of subjects in a file, of whose text nothing is kept that the statements keep already."""
    if statements.is_source:
        return _Lines(lambda: b"".join(statements.texts()))
    packed = zlib.compress(data, 1)
    return _Lines(lambda: zlib.decompress(packed))


def _format_by(data: bytes, name: str) -> Format:
    said = next((each for beginning, each in _BEGINNINGS if beginning.match(data)), None)
    if said in (None, TURTLE) and _SUFFIXES.get(_suffix(name)) in DATASET_FORMATS:
        return _SUFFIXES[_suffix(name)]  # these may begin as Turtle does
    return said or format_of(name)


class _Lines(Mapping[URIRef, int]):
    """Subject to line, found when first asked for: most files are read and never complained about."""

    def __init__(self, text: Callable[[], bytes]) -> None:
        self._text = text

    @cached_property
    def _found(self) -> dict[URIRef, int]:
        return {URIRef(iri): line for iri, line in subject_lines(self._text().decode()).items()}

    def __getitem__(self, subject: URIRef) -> int:
        return self._found[subject]

    def __iter__(self) -> Iterator[URIRef]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def _bytes_of(path: Path) -> bytes:
    if path.is_dir():
        raise UsageError(f"{path} is a folder; name a file in it.")
    try:
        if path.stat().st_size > MOST:
            raise PayloadTooLarge(f"{path} has more than {MOST} bytes, which is the limit for one file; split it.")
        return path.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"There is no file {path}; check its name.") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}); check its permissions.") from None


def format_of(name: str) -> Format:
    """Return the format that the suffix of a file name promises. Raises UnsupportedMediaType listing the suffixes."""
    suffix = _suffix(name)
    if suffix not in _SUFFIXES:
        raise UnsupportedMediaType(
            f"{name} has no suffix known here; it must be one of {', '.join(_SUFFIXES)}, each also with .gz."
        )
    return _SUFFIXES[suffix]


def _suffix(name: str) -> str:
    return uncompressed(Path(name)).suffix.lower()


def parse(data: bytes, fmt: Format, *, source: str, base: str | None = None, most: int = MOST) -> list[Triple]:
    """Return the triples of one graph written in `fmt`; those of TriG or N-Quads without the names of their graphs.

    `source` names the data in messages; relative IRIs are resolved against `base`; gzip is unpacked up to `most`
    bytes. Blank nodes get fresh names, so two files never share one. Nothing is ever fetched. Raises ParseError, and
    PayloadTooLarge, also for a literal or IRI above 16 MiB.
    """
    if fmt in DATASET_FORMATS:
        return [triple for each in parse_graphs(data, fmt, source=source, base=base, most=most).values() for triple in each]
    return _parsed(data, fmt, source, base, most, _triples) or []


def parse_graphs(
    data: bytes, fmt: Format, *, source: str, base: str | None = None, most: int = MOST
) -> dict[URIRef | None, Statements]:
    """Return the graphs of a file by name, the one without a name as None, which is always there. Raises as `parse`."""
    if fmt in DATASET_FORMATS:
        graphs = _parsed(data, fmt, source, base, most, lambda quads: _by_graph(quads, source)) or {}
        return {None: Statements.of(()), **graphs}
    return {None: _parsed(data, fmt, source, base, most, lambda quads: Statements.of(quads, data)) or Statements.of(())}


_Taken = TypeVar("_Taken")


def _parsed(
    data: bytes, fmt: Format, source: str, base: str | None, most: int, take: Callable[[Iterable[ox.Quad]], _Taken]
) -> _Taken | None:
    """Have `take` make what it makes of the quads in a file, which has been checked; None for an empty one. Raises as `parse`."""
    data = hazards.text_of(unpacked(data, source=source, most=most), source=source)
    if not data or data.isspace():
        return None
    hazards.check(data, fmt.key, source=source)
    alone = fmt not in DATASET_FORMATS
    try:
        return take(ox.parse(data, _ENGINE[fmt], base_iri=base, without_named_graphs=alone, rename_blank_nodes=True))
    except SyntaxError as error:
        raise syntax_error(error, source) from None
    except ValueError as error:
        raise UsageError(f"{base!r} cannot be a base IRI ({error}); give a full IRI.") from None
    except MemoryError:
        raise PayloadTooLarge(f"{source} holds a literal or IRI of more than 16 MiB; shorten it.") from None
    except DataError as error:
        raise ParseError(str(error), source=source) from None


def _triples(quads: Iterable[ox.Quad]) -> list[Triple]:
    known: dict[object, Term] = {}
    return [tuple(to_term_once(term, known) for term in each.triple) for each in quads]


def _by_graph(quads: Iterable[ox.Quad], source: str) -> dict[URIRef | None, Statements]:
    graphs: dict[URIRef | None, list[ox.Triple]] = {None: []}
    for each in quads:
        if isinstance(each.graph_name, ox.BlankNode):
            raise ParseError("a graph has a blank node for its name; give it an IRI.", source=source)
        name = URIRef(each.graph_name.value) if isinstance(each.graph_name, ox.NamedNode) else None
        graphs.setdefault(name, []).append(each.triple)
        if len(graphs) > _MOST_GRAPHS + 1:
            raise PayloadTooLarge(f"{source} has more than {_MOST_GRAPHS} graphs, which is the limit; split it.")
    return {name: Statements.of(held) for name, held in graphs.items()}


def syntax_error(error: SyntaxError, source: str) -> ParseError:
    """Return what the engine's parser says of `source`, with its line and column."""
    said = " ".join(_POSITION.sub("", str(error.msg)).split())
    remedy = next((each for sign, each in _REMEDIES if sign in said), "correct the file here")
    return ParseError(f"{said.rstrip('.')}; {remedy}.", source=source, line=error.lineno, column=error.offset)


def serialise(triples: Iterable[Triple], fmt: Format) -> bytes:
    """Write one graph in `fmt`: sorted, each triple once, blank nodes named canonically, so equal graphs give equal
    bytes.

    Raises DataError for a term that is not valid RDF.
    """
    ordered = _ordered(_quads(triples, ox.DefaultGraph()), fmt)
    if fmt == N_TRIPLES:
        return "".join([f"{each} .\n" for each in ordered]).encode()  # an engine's quad of no graph is written as its triple
    if fmt in DATASET_FORMATS:
        return _written(ordered, fmt)
    return _written([each.triple for each in ordered], fmt)


def n_triples(triples: Iterable[Triple]) -> bytes:
    """Write triples as N-Triples in the order they come, blank nodes under the names they have.

    For what is read again at once: naming a stranger's blank nodes canonically, as `serialise` does, can take for ever.
    """
    plain = (ox.Triple(to_ox(s), to_ox(p), to_ox(o)) for s, p, o in triples)
    return ox.serialize(plain, format=ox.RdfFormat.N_TRIPLES) or b""


def serialise_dataset(graphs: Mapping[URIRef, Iterable[Triple]], fmt: Format) -> bytes:
    """Write named graphs in `fmt`, TriG or N-Quads, in the manner of `serialise`."""
    quads = (quad for name, triples in graphs.items() for quad in _quads(triples, to_ox(name)))
    return _written(_ordered(quads, fmt), fmt)


def lines_of(triples: Iterable[Triple]) -> list[str]:
    """Return triples as lines of N-Triples, blank nodes named as they are. Raises DataError for what is no RDF."""
    if isinstance(triples, Statements):
        return [line.decode() for text in triples.texts() for line in text.splitlines()]
    return [f"{quad.triple} ." for quad in _quads(triples, ox.DefaultGraph())]


def digest_of(triples: Iterable[Triple]) -> str:
    """Return the SHA-256 (64 hexadecimal digits) of a graph: of its sorted N-Triples, blank nodes named by RDFC-1.0.

    It is the checksum of what `serialise` writes as N-Triples. Equal graphs have equal digests on every machine.
    """
    if isinstance(triples, Statements) and not triples.has_blank_nodes:
        return triples.fingerprint[0]
    return hashlib.sha256(serialise(triples, N_TRIPLES)).hexdigest()


def size_of(triples: Iterable[Triple]) -> int:
    """Return how many different triples there are."""
    return triples.fingerprint[1] if isinstance(triples, Statements) else len(frozenset(triples))


def _quads(triples: Iterable[Triple], graph: ox.NamedNode | ox.DefaultGraph) -> Iterable[ox.Quad]:
    if isinstance(triples, Statements) and graph == ox.DefaultGraph():
        return triples.quads()
    return (ox.Quad(to_ox(s), to_ox(p), to_ox(o), graph) for s, p, o in triples)


def _ordered(quads: Iterable[ox.Quad], fmt: Format) -> list[ox.Quad]:
    """Sort quads: line formats by line, the others for a reader, with rdf:type first."""
    unique = set(quads)
    if any(isinstance(term, ox.BlankNode) for quad in unique for term in (quad.subject, quad.object)):
        dataset = ox.Dataset(unique)
        dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
        unique = set(dataset)
    if fmt in (N_TRIPLES, N_QUADS):
        return sorted(unique, key=str)
    return sorted(unique, key=_reading_order)


def _reading_order(quad: ox.Quad) -> tuple[str, str, bool, str, str]:
    predicate = str(quad.predicate)
    return str(quad.graph_name), str(quad.subject), predicate != _RDF_TYPE, predicate, str(quad.object)


def _written(statements: list[ox.Triple] | list[ox.Quad], fmt: Format) -> bytes:
    return ox.serialize(statements, format=_ENGINE[fmt], prefixes=_used_prefixes(statements)) or b""


def _used_prefixes(statements: Iterable[ox.Triple | ox.Quad]) -> dict[str, str]:
    """Return the prefixes that some IRI of the statements begins with, to spare a reader the others."""
    stems = set()
    for each in statements:
        for term in (each.subject, each.predicate, each.object):
            iri = term.datatype.value if isinstance(term, ox.Literal) else term.value
            stems.add(iri[: max(iri.rfind("#"), iri.rfind("/")) + 1])
    return {prefix: namespace for prefix, namespace in NAMESPACES.items() if namespace in stems}
