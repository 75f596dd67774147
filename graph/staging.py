"""How content comes into an engine elsewhere: in pieces, into fresh graphs, and then by one update into its place."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import quote_plus

from rdflib import VOID, URIRef

from graph.prefixes import BASE

ENGINE = BASE + "engine/"  # graphs under this name are no content
UNION, CATALOGUE = URIRef(ENGINE + "union"), URIRef(ENGINE + "catalogue")
NOTHING = URIRef(ENGINE + "nothing")  # never filled

_STAGED = ENGINE + "staged/"
_ABANDONED_SECONDS = 3_600  # what was staged so long ago, nobody puts in place any more
_PIECE_BYTES, _PIECE_LINES = 600_000, 1_000  # below what Fuseki takes of a form, and Virtuoso of one INSERT DATA

Lines = Mapping[URIRef, Sequence[str]]


def names(graphs: Iterable[URIRef]) -> dict[URIRef, URIRef]:
    """Return for each graph the name of a fresh one, which tells when it was made."""
    token = f"{int(time.time())}-{secrets.token_hex(8)}"
    return {graph: URIRef(f"{_STAGED}{token}/{number}") for number, graph in enumerate(sorted(graphs))}


def abandoned(present: Iterable[URIRef]) -> list[URIRef]:
    """Return those of the graphs that a build has left behind which ended in between, an hour ago or more."""
    found = []
    for name in present:
        made = name.removeprefix(_STAGED).partition("-")[0]
        if name.startswith(_STAGED) and made.isdecimal() and time.time() - int(made) > _ABANDONED_SECONDS:
            found.append(name)
    return found


def removal(graphs: Iterable[URIRef]) -> str:
    """Return the update that removes graphs."""
    return " ;\n".join(f"DROP SILENT GRAPH <{each}>" for each in graphs)


def loads(staged: Mapping[URIRef, URIRef], lines: Lines) -> Iterator[str]:
    """Yield the updates that fill the staged graphs, none of them larger than a server takes.

    Statements that share a blank node stay in one update, since its name means nothing beyond.
    """
    blocks: list[str] = []
    size = count = 0
    for graph, stage in staged.items():
        for part in _inseparable(lines[graph]):
            cost = sum(len(quote_plus(line)) + 1 for line in part)
            if blocks and (size + cost > _PIECE_BYTES or count + len(part) > _PIECE_LINES):
                yield _insertion(blocks)
                blocks, size, count = [], 0, 0
            blocks += [f"{stage} {line}" for line in part]
            size, count = size + cost, count + len(part)
    if blocks:
        yield _insertion(blocks)


def _insertion(quads: Sequence[str]) -> str:
    """Return the update that inserts quads, each "graph statement"."""
    graphs: dict[str, list[str]] = {}
    for each in quads:
        graph, _, line = each.partition(" ")
        graphs.setdefault(graph, []).append(line)
    what = "".join("GRAPH <{}> {{\n{}\n}}\n".format(graph, "\n".join(held)) for graph, held in graphs.items())
    if any(_blank_nodes(line) for held in graphs.values() for line in held):
        return f"INSERT {{\n{what}}} WHERE {{}}"  # Virtuoso takes no blank node in INSERT DATA
    return f"INSERT DATA {{\n{what}}}"


def _inseparable(lines: Iterable[str]) -> Iterator[list[str]]:
    """Yield the statements in groups that share blank nodes; one without any is a group of its own."""
    above: dict[str, str] = {}  # a forest of blank nodes; those under one root belong together

    def root(node: str) -> str:
        while (upper := above.setdefault(node, node)) != node:
            above[node] = node = above[upper]
        return node

    bound = []
    for line in dict.fromkeys(lines):
        nodes = _blank_nodes(line)
        if not nodes:
            yield [line]
            continue
        bound.append((nodes[0], line))
        for other in nodes[1:]:
            above[root(other)] = root(nodes[0])
    groups: dict[str, list[str]] = {}
    for node, line in bound:
        groups.setdefault(root(node), []).append(line)
    yield from groups.values()


def _blank_nodes(line: str) -> list[str]:
    """Return the blank nodes of one N-Triples statement: its subject and its object can be such."""
    subject, _, rest = line.removesuffix(" .").partition(" ")
    return [each for each in (subject, rest.partition(" ")[2]) if each.startswith("_:")]


def swap(staged: Mapping[URIRef, URIRef], lines: Lines, graphs: Sequence[URIRef]) -> str:
    """Return the one update that puts the staged graphs in their places, drops those that are to be empty, and makes
    union and catalogue those of `graphs`, which are all there will be.

    It copies instead of MOVE, by which Fuseki 5.5 on TDB2 loses statements.
    """
    copies = [
        f"INSERT {{ GRAPH <{name}> {{ ?s ?p ?o }} }} WHERE {{ GRAPH <{stage}> {{ ?s ?p ?o }} }}"
        for name, stage in staged.items()
    ]
    steps = [f"DROP SILENT GRAPH <{name}>" for name in (*lines, UNION, CATALOGUE)] + copies
    if graphs:
        every = " ".join(f"<{name}>" for name in graphs)
        listed = " ".join(f"<{CATALOGUE}> <{VOID.subset}> <{name}> ." for name in graphs)
        steps.append(f"INSERT {{ GRAPH <{UNION}> {{ ?s ?p ?o }} }} WHERE {{ VALUES ?g {{ {every} }} GRAPH ?g {{ ?s ?p ?o }} }}")
        steps.append(f"INSERT DATA {{ GRAPH <{CATALOGUE}> {{ {listed} }} }}")
    steps += [f"DROP SILENT GRAPH <{stage}>" for stage in staged.values()]
    return " ;\n".join(steps)
