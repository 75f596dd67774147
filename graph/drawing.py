"""A layered drawing, left to right: where each box stands, which text fits into it, which curve joins two of them.

Every node has a layer (a column); edges lead to the right. In a column, nodes stand in the order of what leads to them,
which keeps curves from crossing where the graph is a tree.
"""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

WIDTH, GAP = 178, 56  # of a box and between columns, in user units (CSS pixels)
_BETWEEN, _MARGIN = 12, 6  # between boxes of a column; around the whole
_LINE, _KIND, _PADDING = 16, 17, 8  # heights of a line of text, of the line above it, and within a box
_SIGNS, _LINES, _READ = 23, 3, 200  # of a line; lines of a box; of a label, however long


@dataclass(frozen=True)
class Node:
    """A box: its column, the small line that says what it is, its text, and what it stands for."""

    key: str
    layer: int
    kind: str
    text: str
    term: str
    style: str = ""


@dataclass(frozen=True)
class Box:
    """A node in its place."""

    node: Node
    x: int
    y: int
    height: int
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Curve:
    """An edge in its place: the keys of its ends and the commands of an SVG path."""

    start: str
    end: str
    path: str


@dataclass(frozen=True)
class Drawing:
    """All of it, in user units."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    curves: tuple[Curve, ...]
    box: int = WIDTH  # the width of a box


def drawn(nodes: Sequence[Node], edges: Iterable[tuple[str, str]]) -> Drawing:
    """Return `nodes` and `edges` (pairs of keys) in their places. An edge to or from an unknown key is a KeyError."""
    edges = tuple(dict.fromkeys(edges))
    columns = _columns(nodes, edges)
    wrapped = {node.key: lines_of(node.text) for node in nodes}
    heights = {key: _PADDING * 2 + _KIND + _LINE * len(lines) for key, lines in wrapped.items()}
    tops = _tops(columns, heights, edges)
    boxes = {
        node.key: Box(node, _MARGIN + node.layer * (WIDTH + GAP), tops[node.key], heights[node.key], wrapped[node.key])
        for column in columns for node in column
    }
    height = max((box.y + box.height for box in boxes.values()), default=0) + _MARGIN
    width = 2 * _MARGIN + len(columns) * WIDTH + max(0, len(columns) - 1) * GAP
    return Drawing(width, height, tuple(boxes.values()), tuple(_curve(boxes[a], boxes[b]) for a, b in edges))


def lines_of(text: str) -> tuple[str, ...]:
    """Return the beginning of `text` in lines that fit into a box."""
    lines = textwrap.wrap(text[:_READ], _SIGNS) or ["unnamed"]
    if len(lines) > _LINES or len(text) > _READ:
        lines = lines[:_LINES]
        lines[-1] = lines[-1][: _SIGNS - 1] + "…"
    return tuple(lines)


def _columns(nodes: Sequence[Node], edges: Iterable[tuple[str, str]]) -> list[list[Node]]:
    """Return the nodes by layer, each column in the order of what leads to its nodes."""
    parents = _parents(edges)
    columns: list[list[Node]] = [[] for _ in range(max((node.layer for node in nodes), default=-1) + 1)]
    for node in nodes:
        columns[node.layer].append(node)
    places: dict[str, float] = {}
    for column in columns:
        first = {node.key: min((places[each] for each in parents[node.key]), default=0) for node in column}
        column.sort(key=lambda node: first[node.key])
        places |= {node.key: place for place, node in enumerate(column)}
    return columns


def _parents(edges: Iterable[tuple[str, str]]) -> Mapping[str, list[str]]:
    parents: defaultdict[str, list[str]] = defaultdict(list)
    for start, end in edges:
        parents[end].append(start)
    return parents


def _tops(columns: list[list[Node]], heights: Mapping[str, int], edges: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Return the top of every box: beside the first box that leads to it where there is room, else below its neighbour."""
    parents = _parents(edges)
    tops: dict[str, int] = {}
    for column in columns:
        free = _MARGIN
        for node in column:
            beside = min((tops[each] for each in parents[node.key]), default=_MARGIN)
            tops[node.key] = max(free, beside)
            free = tops[node.key] + heights[node.key] + _BETWEEN
    return tops


def _curve(start: Box, end: Box) -> Curve:
    x1, y1 = start.x + WIDTH, start.y + start.height // 2
    x2, y2 = end.x, end.y + end.height // 2
    half = (x2 - x1) // 2
    return Curve(start.node.key, end.node.key, f"M{x1} {y1}C{x1 + half} {y1} {x2 - half} {y2} {x2} {y2}")
