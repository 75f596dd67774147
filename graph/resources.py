"""Where the packaged folders lie: in a wheel under `graph/_data`, in a checkout beside the package."""

from __future__ import annotations

from pathlib import Path

from graph import __version__
from graph.errors import NotFound

_PACKAGE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """Return the folder `name` ("ontology", "shapes", "queries" or "data") of the wheel, else of the checkout.

    The wheel's own place comes first: beside an installed package lies site-packages, where a folder called "data"
    may be anybody's. Raises NotFound naming both places.
    """
    packaged, checkout = _PACKAGE / "_data" / name, _PACKAGE.parent / name
    for place in (packaged, checkout):
        if place.is_dir():
            return place
    raise NotFound(f"There is no folder '{name}' in {packaged} nor in {checkout}; install tropico-kg again.")


def version() -> str:
    """Return the version of this package, such as "0.1.0"."""
    return __version__
