"""A comparison to take away: the matrix as a table, and one row per finding behind it with its provenance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rdflib import Literal, URIRef
from rdflib.namespace import PROV

from graph import build, describe, prefixes, tables
from graph.comparison import STATES, Comparison, Subject
from graph.prefixes import TROP
from graph.spreadsheets import Cell as SheetCell
from graph.spreadsheets import Sheet, workbook
from graph.store import Store, Table

MEANINGS: Mapping[str, str] = dict(zip(STATES, (
    "Findings give the construct a rating, or a determinant a direction, and do not contradict one another.",
    "A finding speaks of it and rates nothing: a fact of the case, or a finding on another construct that names this one.",
    "Two findings give different ratings or opposite directions, or are said to be in conflict.",
    "No finding. That is not the same as absent, which is a rating: it means that the sources read say nothing of it.",
    "No finding, and the study of the case describes its cases by another framework.",
)))
_COLUMNS = ("construct", "constructIri", "scope", "subject", "subjectIri", "state", "value", "finding", "statement", "kind",
            "confidence", "passages", "sources", "codebook", "codedOn", "findingIri")


def matrix(comparison: Comparison) -> Table:
    """Return the matrix as a page shows it: a row per construct, a column per case, then per case set."""
    heads = ("part", "construct", "constructIri", *map(_heading, comparison.subjects))
    rows = [
        (Literal(part.ref.label), Literal(row.ref.label), row.ref.iri, *(
            Literal(comparison.cell(row.ref.iri, subject.ref.iri).words) for subject in comparison.subjects))
        for part in comparison.parts for row in part.rows
    ]
    return Table(heads, tuple(rows))


def _heading(subject: Subject) -> str:
    return f"Over the set: {subject.ref.label}" if subject.is_set else subject.ref.label


def evidence(store: Store, comparison: Comparison) -> Table:
    """Return one row per finding and cell, and one for each cell without a finding, so that no gap is lost."""
    found = {mark.finding.iri for cell in comparison.cells.values() for mark in cell.marks}
    known = _provenance(store, found)
    rows: list[tuple[URIRef | Literal | None, ...]] = []
    for row in comparison.rows:
        for subject in comparison.subjects:
            cell = comparison.cell(row.ref.iri, subject.ref.iri)
            scope = "case set" if subject.is_set else "case"
            head = (Literal(row.ref.label), row.ref.iri, Literal(scope), Literal(subject.ref.label), subject.ref.iri,
                    Literal(cell.state), Literal(cell.words))
            rows += [(*head, *known[mark.finding.iri].cells(mark.finding.iri, mark.finding.label)) for mark in cell.marks]
            if not cell.marks:
                rows.append((*head, *[None] * (len(_COLUMNS) - len(head))))
    return Table(_COLUMNS, tuple(rows))


def as_workbook(store: Store, comparison: Comparison, about: Mapping[str, str]) -> bytes:
    """Return the workbook: matrix, findings, the meaning of the states, and `about` (such as the address asked)."""
    identity = build.identity(store)
    said = {**about, **({"Version": identity.version, "Build": identity.digest} if identity else {}),
            "What is said of a set of cases": "It stands in columns of its own and says nothing of any single case.", **MEANINGS}
    return workbook([
        _sheet("Matrix", matrix(comparison)),
        _sheet("Findings", evidence(store, comparison)),
        Sheet("About", ("What", "Meaning"), list(said.items())),
    ])


def _sheet(title: str, table: Table) -> Sheet:
    heads = [tables.heading(name) if name in (*_COLUMNS, "part") else name for name in table.columns]
    rows: list[list[SheetCell]] = [[None if term is None else str(term) for term in row] for row in table.rows]
    return Sheet(title, heads, rows)


# -- where a finding comes from ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Provenance:
    statement: Sequence[str]
    kind: Sequence[str]
    confidence: Sequence[str]
    passages: Sequence[str]
    sources: Sequence[str]
    codebook: Sequence[str]
    coded_on: Sequence[str]

    def cells(self, iri: URIRef, label: str) -> tuple[Literal | URIRef, ...]:
        """Return the cells of a row about the finding `iri`."""
        texts = (self.statement, self.kind, self.confidence, self.passages, self.sources, self.codebook, self.coded_on)
        return (Literal(label), *(Literal("; ".join(each)) for each in texts), iri)


def _provenance(store: Store, findings: set[URIRef]) -> Mapping[URIRef, _Provenance]:
    table = store.select(f"""
        PREFIX trop: <{TROP}> PREFIX prov: <{PROV}> PREFIX oa: <{prefixes.NAMESPACES["oa"]}>
        SELECT DISTINCT ?finding ?what ?value WHERE {{
          VALUES ?finding {{ {" ".join(f"<{each}>" for each in sorted(findings))} }}
          {{ ?finding trop:statement ?value BIND(0 AS ?what) }} UNION
          {{ VALUES ?value {{ trop:CodedObservation trop:DeterminantFinding trop:ContextFact trop:PropositionTest }}
             ?finding a ?value BIND(1 AS ?what) }} UNION
          {{ ?finding trop:hasConfidence ?value BIND(2 AS ?what) }} UNION
          {{ ?finding trop:hasEvidence ?value BIND(3 AS ?what) }} UNION
          {{ ?finding trop:hasEvidence/oa:hasSource ?value BIND(4 AS ?what) }} UNION
          {{ ?finding prov:wasGeneratedBy/trop:followsCodebook ?value BIND(5 AS ?what) }} UNION
          {{ ?finding prov:wasGeneratedBy/prov:endedAtTime ?value BIND(6 AS ?what) }} }}""")
    names = describe.labels(store, {value for _, _, value in table.rows if isinstance(value, URIRef)})
    texts: defaultdict[URIRef, list[list[str]]] = defaultdict(lambda: [[] for _ in range(7)])
    for finding, what, value in sorted(table.rows, key=lambda row: str(row[2])):
        texts[finding][int(what)].append(names[value] if isinstance(value, URIRef) else str(value))
    return defaultdict(lambda: _Provenance(*[[]] * 7), {finding: _Provenance(*each) for finding, each in texts.items()})
