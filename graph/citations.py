"""The sources as bibliographic records, for reference managers: BibTeX, RIS, CSL-JSON.

The graph does not say of what kind a source is beyond being a document, and a reference manager must not be told more
than is known: every record is of the general kind, with the citation as the graph has it in a note.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from rdflib import URIRef
from rdflib.namespace import DCAT, DCTERMS, PROV, RDF

from graph import describe
from graph.formats import Format
from graph.prefixes import TROP
from graph.store import Store

BIBTEX = Format("bib", "application/x-bibtex", ".bib", "BibTeX", "citations")
RIS = Format("ris", "application/x-research-info-systems", ".ris", "RIS", "citations")
CSL = Format("csl.json", "application/vnd.citationstyles.csl+json", ".csl.json", "CSL-JSON", "citations")
CITATION_FORMATS = (BIBTEX, RIS, CSL)

_DOI = re.compile(r"10\.\d{4,9}/\S+")
_BIBTEX_SIGNS = str.maketrans({
    **{sign: "\\" + sign for sign in "&%$#_{}"}, "\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}",
})


@dataclass(frozen=True)
class Agent:
    """Who made a source, under the one name the graph has."""

    name: str
    is_person: bool


@dataclass(frozen=True)
class Record:
    """One source: what the graph says of it, None where it says nothing."""

    iri: URIRef
    title: str
    authors: tuple[Agent, ...]
    publisher: str | None
    year: str | None
    doi: str | None
    link: str | None
    language: str | None
    pages: str | None
    citation: str | None

    @property
    def key(self) -> str:
        """Return the last part of the IRI, which is unique among sources."""
        return self.iri.rpartition("/")[2]


def records(store: Store, iri: URIRef | None = None) -> list[Record]:
    """Return the records of all sources by key, or of the source `iri` alone; none where it is no source."""
    only = f"VALUES ?s {{ <{iri}> }}" if iri is not None else ""
    table = store.select(f"SELECT DISTINCT ?s ?p ?o WHERE {{ {only} ?s <{RDF.type}> <{TROP.SourceDocument}> ; ?p ?o }} ORDER BY ?s ?p ?o")
    found: defaultdict[URIRef, defaultdict[URIRef, list]] = defaultdict(lambda: defaultdict(list))
    for source, property_, value in table.rows:
        found[source][property_].append(value)
    agents = {each for said in found.values() for wanted in (DCTERMS.creator, DCTERMS.publisher) for each in said[wanted]}
    names = describe.labels(store, {*agents, *found})
    people = _people(store)
    made = (_record(source, said, names, people) for source, said in found.items())
    return sorted(made, key=lambda record: record.key)


def _people(store: Store) -> set[URIRef]:
    return {row[0] for row in store.select(f"SELECT DISTINCT ?who {{ ?who a <{PROV.Person}> }}").rows}


def _record(source: URIRef, said: dict[URIRef, list], names: dict[URIRef, str], people: set[URIRef]) -> Record:
    def first(wanted: URIRef) -> str | None:
        return str(said[wanted][0]) if said[wanted] else None

    doi = next((str(each) for each in said[DCTERMS.identifier] if _DOI.fullmatch(str(each))), None)
    publishers = [names[each] for each in said[DCTERMS.publisher]]
    return Record(
        iri=source, title=first(DCTERMS.title) or names[source],
        authors=tuple(sorted((Agent(names[each], each in people) for each in said[DCTERMS.creator]), key=lambda who: who.name)),
        publisher=", ".join(publishers) or None, year=first(TROP.publicationYear), doi=doi,
        link=f"https://doi.org/{doi}" if doi else first(DCAT.landingPage), language=first(DCTERMS.language),
        pages=first(TROP.pageCount), citation=first(DCTERMS.bibliographicCitation),
    )


def written(records_: Sequence[Record], fmt: Format) -> str:
    """Return `records_` in one of CITATION_FORMATS."""
    if fmt == CSL:
        return json.dumps([_csl(each) for each in records_], ensure_ascii=False, indent=1) + "\n"
    return "\n".join(map(_bibtex if fmt == BIBTEX else _ris, records_))


def _bibtex(record: Record) -> str:
    authors = " and ".join(_tex(who.name) if who.is_person else f"{{{_tex(who.name)}}}" for who in record.authors)
    fields = {
        "author": authors, "title": f"{{{_tex(record.title)}}}", "year": record.year, "publisher": _tex(record.publisher),
        "doi": record.doi, "url": record.link, "language": record.language, "pagetotal": record.pages, "note": _tex(record.citation),
    }
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@misc{{{record.key},\n{lines}}}\n"


def _tex(text: str | None) -> str:
    return " ".join((text or "").translate(_BIBTEX_SIGNS).split())


def _ris(record: Record) -> str:
    fields: list[tuple[str, str | None]] = [("TY", "GEN"), ("ID", record.key)]
    fields += [("AU", who.name) for who in record.authors]
    fields += [("TI", record.title), ("PY", record.year), ("PB", record.publisher), ("DO", record.doi), ("UR", record.link),
               ("LA", record.language), ("SP", record.pages), ("N1", record.citation)]
    return "".join(f"{tag}  - {' '.join(value.split())}\n" for tag, value in fields if value) + "ER  - \n"


def _csl(record: Record) -> dict[str, object]:
    said = {
        "id": record.key, "type": "document", "title": record.title,
        "author": [{"literal": who.name} for who in record.authors],
        "issued": {"date-parts": [[int(record.year)]]} if record.year else None,
        "publisher": record.publisher, "DOI": record.doi, "URL": record.link, "language": record.language,
        "number-of-pages": record.pages, "note": record.citation,
    }
    return {name: value for name, value in said.items() if value}
