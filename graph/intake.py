"""The files of a build: which there are, and what graphs they make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from rdflib import URIRef

from graph import ontology, resources
from graph.errors import UsageError
from graph.files import SUFFIXES, bare, files_in
from graph.formats import Document, read, read_graphs
from graph.prefixes import graph_name

PACKAGED = tuple(str(graph_name(f"{each}/x")).removesuffix("x") for each in ("ontology", "data", "shapes"))
_LOCAL = str(graph_name("local/x")).removesuffix("x")

Documents = dict[URIRef, Document]


def packaged() -> Documents:
    """Read the packaged ontology (what its root imports), the alignments beside it, and the data."""
    modules = {_packaged_name(each.path): each for each in ontology.closure().values()}
    folders = (resources.folder("ontology") / "alignment", resources.folder("data"))
    files = _named((file, _packaged_name(file)) for folder in folders if folder.is_dir() for file in files_in(folder))
    return {**modules, **{name: read(file) for name, file in files.items()}}


def shapes() -> Documents:
    """Read the packaged shapes, which are loaded to be asked and followed, and judge the rest without being judged."""
    return {_packaged_name(file): read(file) for file in files_in(resources.folder("shapes"))}


def listed(paths: Iterable[Path]) -> dict[URIRef, Path]:
    """Return the files of the user by the names of their graphs, each once.

    Raises UsageError for a folder without any, and where two files would be one graph: one would replace the other.
    """
    found: dict[Path, URIRef] = {}
    tops = _tops()
    for path in paths:
        files = files_in(path)
        if not files:
            suffixes = ", ".join(sorted(SUFFIXES))
            raise UsageError(f"There is no RDF file in {path}; the names of RDF files end in {suffixes}.")
        given = path.resolve()
        folders = {each: each.resolve() for each in {file.parent for file in files}}  # once each, as it takes longest
        for file in files:
            place = file.resolve() if file.is_symlink() else folders[file.parent] / file.name
            if place not in found:
                found[place] = _named_below(place, tops) or _own_name(file, path, given)
    return _named(found.items())


def own(files: Mapping[URIRef, Path]) -> Documents:
    """Read the files of the user. Raises UsageError where two hold one graph, and as `graphs_of`."""
    documents: Documents = {}
    for name, file in files.items():
        for graph, document in graphs_of(file, name):
            if graph in documents:
                both = f"{documents[graph].path} and {file}"
                raise UsageError(f"{both} would both be the graph <{graph}>; rename one of them.")
            documents[graph] = document
    return documents


def graphs_of(file: Path, own: URIRef) -> Iterator[tuple[URIRef, Document]]:
    """Yield the graphs of a file with their names: its own for what has none in it, else those it gives, below local/.

    Raises UsageError for another name: a file could otherwise stand in for a graph that somebody else wrote.
    """
    for document in read_graphs(file):
        if document.graph is not None and not document.graph.startswith(_LOCAL):
            raise UsageError(
                f"{file} holds the graph <{document.graph}>; only names that begin with {_LOCAL} are loaded,"
                " so rename it, or save that graph as a file of its own."
            )
        yield document.graph or own, document


def _named(files: Iterable[tuple[Path, URIRef]]) -> dict[URIRef, Path]:
    """Return graph name to file. Raises UsageError where two files would be one graph: one would replace the other."""
    named: dict[URIRef, Path] = {}
    for file, name in files:
        if name in named:
            raise UsageError(f"{named[name]} and {file} would both be the graph <{name}>; rename one of them.")
        named[name] = file
    return named


def _packaged_name(file: Path) -> URIRef | None:
    """Return the graph name of a file of the packaged folders; None for any other file."""
    return _named_below(file.resolve(), _tops())


def _named_below(place: Path, tops: Mapping[str, Path]) -> URIRef | None:
    for kind, top in tops.items():
        if place.is_relative_to(top):
            return graph_name(f"{kind}/{bare(place.relative_to(top)).as_posix()}")
    return None


def _tops() -> dict[str, Path]:
    return {kind: _resolved(resources.folder(kind)) for kind in ("ontology", "data", "shapes")}


@lru_cache(maxsize=16)
def _resolved(folder: Path) -> Path:
    return folder.resolve()


def _own_name(file: Path, path: Path, given: Path) -> URIRef:
    """Return the graph name of a user's file: by its place in the folder `path` that was given, never by where that (`given`) lies."""
    place = Path(given.name) / file.relative_to(path) if path != file else Path(file.name)
    return graph_name(f"local/{bare(place).as_posix()}")
