"""The part of the bench on builds and exports of made-up data: all a build does, and dumps beside rdflib's serialisers."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from isolated import clocked
from lines import Line
from plan import Plan, line, peak


def builds(plan: Plan) -> Iterator[Line]:
    """Yield the lines on whole builds; there is no peer that does the same."""
    for size in plan.sizes:
        (ours,) = plan.rounds_of(size, ("building", "built", {"path": plan.made(size, single=False)}))
        note = next((f"{each.figures['files']:,} files" for each in ours if each.figures), "")
        yield line("build", "build: read, validate, infer, describe, store", size, ours, note=note)
        yield line("memory", "peak of a build", size, ours, figure=peak, unit="MB")


def exports(plan: Plan) -> Iterator[Line]:
    """Yield the lines on dumps."""
    for size in plan.sizes:
        path = plan.made(size) / "synthetic.nt"
        for key, label in (("nt", "N-Triples"), ("ttl", "Turtle")):
            asked = {"path": path, "key": key}
            ours, theirs = plan.rounds_of(size, ("building", "dumped", asked), ("building", "dumped_by_rdflib", asked))
            yield line("export", f"export, {label} of the union", size, ours, f"rdflib {version('rdflib')}", theirs)


def built(path: str) -> dict[str, Any]:
    """Build a folder of files beside the packaged ones, which are in the store already."""
    from graph import build, catalogue
    from graph.embedded import EmbeddedStore
    from graph.settings import Settings

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, EmbeddedStore(Path(folder) / "store") as store:
        settings = Settings(cache=Path(folder) / "cache")
        build.build(store, settings=settings, describe=catalogue.description)
        figures, result = clocked(
            lambda: build.build(store, [Path(path)], settings=settings, describe=catalogue.description, allow_synthetic=True)
        )
    return figures | {"files": len(result.report.files), "triples": sum(result.graphs.values())}


def dumped(path: str, key: str) -> dict[str, Any]:
    """Write all of a store on disk in one format, sorted, as an export does."""
    from graph import export, formats
    from graph.embedded import EmbeddedStore
    from graph.prefixes import graph_name

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, EmbeddedStore(Path(folder) / "store") as store:
        store.replace({graph_name("local/x"): formats.read(Path(path)).triples})
        figures, data = clocked(lambda: export.dump(store, formats.by_key(key)))
    return figures | {"bytes": len(data)}


def dumped_by_rdflib(path: str, key: str) -> dict[str, Any]:
    """Write a graph in rdflib's memory in one format; its N-Triples are not sorted, its Turtle is."""
    from rdflib import Graph

    graph = Graph().parse(path, format="nt")
    figures, text = clocked(lambda: graph.serialize(format={"nt": "nt", "ttl": "turtle"}[key], encoding="utf-8"))
    return figures | {"bytes": len(text)}
