"""The list of cases with its map, and what the page of one case shows besides its statements."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from flask import Blueprint, render_template, request
from rdflib.namespace import SKOS

from graph import casebook, comparison
from graph.describe import Ref, Thing
from graph.errors import UsageError
from graph.store import Store
from graph.web import here, overview, site
from graph.web.compare import slug
from graph.web.overview import CaseRow

bp = Blueprint("cases", __name__)


@dataclass(frozen=True)
class Tile:
    """A country on the map: its code, its name, what lies in it; `is_chosen` where the list shows it alone."""

    code: str
    country: Ref
    cases: int
    findings: int
    of_the_ten: int
    is_chosen: bool


@bp.get("/cases")
def cases() -> str:
    """List the cases, all or those of one country (`?country=DEU`)."""
    rows = overview.cases(site().store)
    wanted = request.args.get("country") or None
    tiles = _tiles(rows, wanted)
    if wanted and wanted not in {tile.code for tile in tiles}:
        raise UsageError(f"No case lies in {wanted[:20]!r}; choose one of {', '.join(tile.code for tile in tiles)}.")
    shown = [row for row in rows if wanted is None or wanted in map(_code, row.countries)]
    return render_template("cases.html", cases=shown, tiles=tiles, chosen=next((tile for tile in tiles if tile.is_chosen), None))


def _code(country: Ref) -> str:
    return country.iri.rpartition("/")[2]


def _tiles(rows: list[CaseRow], wanted: str | None) -> list[Tile]:
    found: defaultdict[Ref, list[CaseRow]] = defaultdict(list)
    for row in rows:
        for country in row.countries:
            found[country].append(row)
    return [
        Tile(_code(country), country, len(inside), sum(row.findings for row in inside),
             sum(comparison.TEN_CASES in {each.iri for each in row.sets} for row in inside), _code(country) == wanted)
        for country, inside in sorted(found.items(), key=lambda pair: pair[0].label.casefold())
    ]


def shown(store: Store, thing: Thing) -> dict[str, object]:
    """Return what the template of a case needs besides what every thing has."""
    book = casebook.casebook(store, thing.iri)
    asked = "&".join(f"case={slug(each.iri)}" for each in (book.subject.ref, *book.others))
    return {"book": book, "compare": here("/compare") + f"?{asked}", "slug": slug, "aliases": thing.values(SKOS.altLabel)}
