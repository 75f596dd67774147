"""Lists to look through: the findings with their passages, the sources."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from graph import browsing
from graph.errors import UsageError
from graph.web import here, site
from graph.web.compare import short, slug

bp = Blueprint("browse", __name__)


@bp.get("/findings")
def findings() -> str:
    """List the findings, all or those that pass the filters of the address, page by page."""
    values = {name: value for name, value in _values().items() if value}
    wanted = values.pop("page", "1")
    if not (wanted.isascii() and wanted.isdigit()):
        raise UsageError(f"{wanted[:20]!r} is no number of a page; choose one with page=1.")
    store = site().store
    chosen = browsing.resolve(store, values)
    listing = browsing.findings(store, chosen, int(wanted[:9]))
    kept = {name: _value(name, iri) for name, iri in chosen.items()}
    fields = [
        (each, [(_value(each.name, ref.iri), ref, n, chosen.get(each.name) == ref.iri) for ref, n in browsing.options(store, each)])
        for each in browsing.FILTERS
    ]
    return render_template("findings.html", listing=listing, fields=[each for each in fields if each[1]], chosen=chosen,
                           unused={name: iri for name, iri in chosen.items()
                                   if not any(value[3] for field, all_ in fields if field.name == name for value in all_)},
                           page_at=lambda number: here("/findings", **kept, page=str(number)), value_of=_value)


def _values() -> dict[str, str]:
    for name, given in request.args.lists():
        if len(given) > 1:
            raise UsageError(f"The filter {name!r} is given {len(given)} times; give it once.")
    return request.args.to_dict()


def _value(name: str, iri: str) -> str:
    """Return a value as it stands in an address: a bare name where the filter has a kind, a path elsewhere."""
    kind = next(each.kind for each in browsing.FILTERS if each.name == name)
    return slug(iri) if kind and short(iri).startswith(kind) else short(iri)


@bp.get("/sources")
def sources() -> str:
    """List the sources with how far each was read and what rests on it."""
    found = browsing.sources(site().store)
    access = sorted({each.access.label for each in found if each.access})
    wanted = request.args.get("access") or None
    if wanted and wanted not in access:
        raise UsageError(f"No source has that access status; choose one of {', '.join(access)}.")
    shown = [each for each in found if wanted is None or (each.access and each.access.label == wanted)]
    return render_template("sources.html", sources=shown, access=access, wanted=wanted, slug=slug)
