"""The graphs that a query names itself, and whether a server merges several of them, as SPARQL asks for.

Oxigraph 0.5 puts one behind the other (https://github.com/oxigraph/oxigraph/issues/1919), and so does Virtuoso: a
statement that stands in two of the graphs comes twice, and counts are wrong. Two counts over the same graphs tell,
whatever the server is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rdflib import URIRef

from graph.tokens import Token, query_tokens

_ALL, _DIFFERENT = "{ ?s ?p ?o }", "{ SELECT DISTINCT ?s ?p ?o WHERE { ?s ?p ?o } }"
_KINDS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")


def several(graphs: tuple[URIRef, ...]) -> bool:
    """Say whether these are more than one graph."""
    return len(set(graphs)) > 1


def counts(clauses: str = "", prologue: str = "") -> tuple[str, str]:
    """Return the two queries that count the statements of the default graph, as they come and each once."""
    return tuple(f"{prologue}SELECT (COUNT(*) AS ?n) {clauses}WHERE {where}" for where in (_ALL, _DIFFERENT))


def counts_for(query: str) -> tuple[str, str] | None:
    """Return the two queries for the default graph that `query`, which can be read, names itself; None where it names
    one graph at most.
    """
    words = list(query_tokens(query))
    begin = next((each.start for each in words if each.kind == "word" and each.text.upper() in _KINDS), 0)
    named = [iri.text for _, iri, is_named in _clauses(words) if not is_named]
    if len(named) < 2:
        return None
    return counts("".join(f"FROM {each} " for each in named), query[:begin])


def without_clauses(query: str) -> str:
    """Return a query that can be read without its FROM and FROM NAMED, each replaced by spaces.

    The dataset of a request takes their place, by the standard; Virtuoso adds it to them.
    """
    for start, iri, _ in reversed(list(_clauses(list(query_tokens(query))))):
        end = iri.start + len(iri.text)
        query = query[:start] + " " * (end - start) + query[end:]
    return query


def _clauses(words: Sequence[Token]) -> Iterator[tuple[int, Token, bool]]:
    """Yield each clause: where it starts, its graph, and whether it is FROM NAMED."""
    for place, each in enumerate(words[:-1]):
        if each.kind == "word" and each.text.upper() == "FROM":
            is_named = words[place + 1].text.upper() == "NAMED"
            yield each.start, words[min(place + 1 + is_named, len(words) - 1)], is_named
