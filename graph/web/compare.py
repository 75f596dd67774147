"""The comparison of cases: the matrix as a page whose cells open their evidence, and as CSV and a workbook."""

from __future__ import annotations

import hashlib
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, render_template, request
from rdflib import URIRef

from graph import browsing, comparison, comparison_files, prefixes, spreadsheets, tables
from graph.comparison import Cell, Comparison, Subject
from graph.errors import UsageError
from graph.web import absolute, here, href, root, site, tagged

bp = Blueprint("compare", __name__)

SIGNS = dict(zip(comparison.STATES, "●◇⇄·–"))
_CLASSES = dict(zip(comparison.STATES, ("rated", "fact", "against", "none", "na")))
_PARAMETERS = ("case", "construct")
_MOST = 200  # values of a parameter; more are no choice


@bp.get("/compare")
def page() -> Response:
    """Show the chosen cases by the chosen constructs."""
    here_ = site()
    compared = _compared()
    text = render_template(
        "compare.html", compared=compared, choices=comparison.choices(here_.store), known=_known_cases(),
        chosen={row.ref.iri for row in compared.rows}, signs=SIGNS, classes=_CLASSES, meanings=comparison_files.MEANINGS,
        evidence=evidence, slug=slug, short=short, downloads=_downloads(), permalink=absolute(_address("/compare")),
    )
    return tagged(make_response(text), _variant("page"), weak=True)


@bp.get("/compare.csv")
def matrix_csv() -> Response:
    """Give the matrix: a row per construct, a column per case."""
    return _csv(tables.as_csv(comparison_files.matrix(_compared())), "comparison")


@bp.get("/compare-findings.csv")
def findings_csv() -> Response:
    """Give one row per finding behind the matrix, with its provenance, and one per cell that has none."""
    return _csv(tables.as_csv(comparison_files.evidence(site().store, _compared())), "comparison-findings")


@bp.get("/compare.xlsx")
def workbook() -> Response:
    """Give the matrix, the findings behind it and the meaning of its states as a workbook."""
    content = comparison_files.as_workbook(site().store, _compared(), {"Address": absolute(_address("/compare"))})
    response = Response(content, mimetype=spreadsheets.MEDIA_TYPE)
    response.headers["Content-Disposition"] = 'attachment; filename="comparison.xlsx"'
    return tagged(response, _variant("xlsx"), weak=True)  # a workbook holds the time it was written


def _csv(text: str, name: str) -> Response:
    response = Response(text, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'inline; filename="{name}.csv"'
    return tagged(response, _variant(name))


# -- what is asked ----------------------------------------------------------------------------------------------------


def _compared() -> Comparison:
    """Return the comparison that the address asks for. Raises UsageError for what it does not know."""
    unknown = sorted(set(request.args) - set(_PARAMETERS))
    if unknown:
        raise UsageError(f"A comparison has no parameter {unknown[0]!r}; it has case and construct, each as often as you like.")
    if any(len(values) > _MOST for _, values in request.args.lists()):
        raise UsageError(f"A comparison takes at most {_MOST} cases and as many constructs; choose fewer.")
    store = site().store
    cases = [browsing.term(store, each, "id/case/", "case") for each in request.args.getlist("case") if each]
    constructs = [browsing.term(store, each, "", "construct") for each in request.args.getlist("construct") if each]
    return comparison.compare(store, cases, constructs)


def _address(path: str) -> str:
    """Return the address of `path` with what was asked for."""
    asked = urlencode([(name, value) for name in _PARAMETERS for value in request.args.getlist(name) if value])
    return here(path) + (f"?{asked}" if asked else "")


def _downloads() -> list[tuple[str, str]]:
    return [("Excel workbook (matrix and findings)", _address("/compare.xlsx")), ("CSV of the matrix", _address("/compare.csv")),
            ("CSV of the findings behind it", _address("/compare-findings.csv"))]


def _known_cases() -> list[tuple[str, list[Subject]]]:
    """Return the cases that can be chosen under the framework of their study."""
    known = [each for each in comparison.subjects(site().store) if not each.is_set]
    framework = {part.framework.iri: part.framework.label for part in comparison.choices(site().store)}
    groups: dict[str, list[Subject]] = {}
    for case in known:
        names = sorted(framework[each] for each in case.frameworks if each in framework)
        groups.setdefault(" and ".join(names), []).append(case)
    ordered = sorted(groups.items(), key=lambda group: (not group[0], -len(group[1])))
    return [(name or "Studies without a framework in this graph", cases) for name, cases in ordered]


def _variant(name: str) -> str:
    return f"compare-{name}-{hashlib.sha256(f'{root()} {request.full_path}'.encode()).hexdigest()[:16]}"


# -- links ------------------------------------------------------------------------------------------------------------


def evidence(construct: URIRef, subject: Subject, cell: Cell) -> str | None:
    """Return where the evidence of a cell is: its one finding, or the list of its findings; None where it has none."""
    if len(cell.marks) == 1:
        return href(cell.marks[0].finding.iri)
    if not cell.marks:
        return None
    return here("/findings", **{"set" if subject.is_set else "case": slug(subject.ref.iri), "construct": short(construct)})


def slug(iri: URIRef) -> str:
    """Return the last part of an own IRI, the whole of another: what stands for a case in an address."""
    path = iri.removeprefix(prefixes.BASE)
    return path.rpartition("/")[2] if path.count("/") == 2 else path


def short(iri: URIRef) -> str:
    """Return an own IRI as it stands in an address: without the base."""
    return iri.removeprefix(prefixes.BASE)
