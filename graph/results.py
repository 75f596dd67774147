"""The answers of engines, read: bindings and truth values in SPARQL Results JSON, graphs in N-Triples."""

from __future__ import annotations

from typing import BinaryIO

import pyoxigraph as ox

from graph.formats import Format, Term, syntax_error, to_term


def read_results(data: bytes) -> tuple[tuple[str, ...], tuple[tuple[Term | None, ...], ...]] | bool:
    """Read an answer in SPARQL Results JSON: the columns and rows of a SELECT, the truth of an ASK.

    Raises ParseError for what is not well-formed, DataError for terms that are not RDF 1.1.
    """
    result = row = None
    rows = []
    try:
        result = ox.parse_query_results(data, ox.QueryResultsFormat.JSON)
        if isinstance(result, ox.QueryBoolean):
            return bool(result)
        for row in result:  # no generator: its frame would keep the engine's object, as said below
            rows.append(tuple(map(_cell, row)))
        return tuple(each.value for each in result.variables), tuple(rows)
    except SyntaxError as error:
        raise syntax_error(error, "the answer") from None
    finally:
        result = row = None  # a traceback that keeps this frame must not carry them into another thread


def _cell(term: ox.NamedNode | ox.BlankNode | ox.Literal | None) -> Term | None:
    return None if term is None else to_term(term)


def rewrite(source: BinaryIO, fmt: Format, output: BinaryIO) -> None:
    """Read an answer and write it into `output` as `fmt`, piece by piece: results from SPARQL Results JSON, a graph
    from N-Triples.

    Raises ParseError for what is not well-formed; by then a part of it may be written.
    """
    result = None
    try:
        if fmt.kind == "rdf":
            ox.serialize(ox.parse(source, format=ox.RdfFormat.N_TRIPLES), output, format=ox.RdfFormat.from_media_type(fmt.media_type))
            return
        result = ox.parse_query_results(source, ox.QueryResultsFormat.JSON)
        result.serialize(output, ox.QueryResultsFormat.from_media_type(fmt.media_type))
    except SyntaxError as error:
        raise syntax_error(error, "the answer") from None
    finally:
        result = None  # as above
