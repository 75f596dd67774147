"""Which files below a folder hold RDF."""

from __future__ import annotations

from pathlib import Path

from graph.errors import UsageError
from graph.media import RDF_FORMATS

SUFFIXES = frozenset({*(each.suffix for each in RDF_FORMATS), ".owl"})


def files_in(path: Path) -> list[Path]:
    """Return `path` itself where it is a file, or every RDF file below the folder it is, sorted.

    Raises UsageError where it is neither.
    """
    if path.is_dir():
        return sorted(each for each in path.rglob("*") if each.suffix in SUFFIXES and each.is_file())
    if not path.is_file():
        raise UsageError(f"{path} does not exist; name a file or a folder that does.")
    return [path]
