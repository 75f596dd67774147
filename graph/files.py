"""Which files below a folder hold RDF, and what such a file is called without its suffixes."""

from __future__ import annotations

from pathlib import Path

from graph.errors import UsageError
from graph.media import DATASET_FORMATS, RDF_FORMATS

SUFFIXES = frozenset({*(each.suffix for each in RDF_FORMATS + DATASET_FORMATS), ".owl"})
COMPRESSED = ".gz"


def files_in(path: Path) -> list[Path]:
    """Return `path` itself where it is a file, or every RDF file below the folder it is, sorted; each may be gzipped.

    Raises UsageError where it is neither.
    """
    if path.is_dir():
        return sorted(each for each in path.rglob("*") if uncompressed(each).suffix in SUFFIXES and each.is_file())
    if not path.is_file():
        raise UsageError(f"{path} does not exist; name a file or a folder that does.")
    return [path]


def uncompressed(path: Path) -> Path:
    """Return the name a file has before it is gzipped."""
    return path.with_suffix("") if path.suffix.lower() == COMPRESSED else path


def bare(path: Path) -> Path:
    """Return `path` without the suffix of its format, and without .gz where it is gzipped."""
    return uncompressed(path).with_suffix("")
