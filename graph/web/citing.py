"""How to cite the build that is served: as a sentence, and as BibTeX."""

from __future__ import annotations

from rdflib import URIRef
from rdflib.namespace import DCTERMS

from graph import build, citations, describe, export, prefixes
from graph.citations import Agent, Record
from graph.store import Store

_ONTOLOGY = URIRef(prefixes.BASE + "ontology")


def record(store: Store, identity: build.Identity) -> Record:
    """Return the build as a source: makers and year as the dataset or the ontology names them, version and digest as its own."""
    rows = store.select(f"""
        SELECT DISTINCT ?creator ?issued WHERE {{
          VALUES ?this {{ <{export.DATASET}> <{_ONTOLOGY}> }}
          {{ ?this <{DCTERMS.creator}> ?creator }} UNION {{ ?this <{DCTERMS.issued}> ?issued }} }}""").rows
    creators = {creator for creator, _ in rows if isinstance(creator, URIRef)}
    names = describe.labels(store, creators)
    issued = min((str(date) for _, date in rows if date is not None), default="")
    return Record(
        iri=export.DATASET, title=export.TITLE, authors=tuple(Agent(names[each], False) for each in sorted(creators)),
        publisher=None, year=issued[:4] or None, doi=None, link=prefixes.BASE, language="en", pages=None,
        citation=f"Version {identity.version}, build {identity.digest}",
    )


def sentence(said: Record) -> str:
    """Return `said` as one line to copy."""
    makers = ", ".join(who.name for who in said.authors)
    before = f"{makers} ({said.year}). " if makers and said.year else f"{makers}. " if makers else ""
    return f"{before}{said.title}. {said.citation}. {said.link}"


def bibtex(said: Record) -> str:
    """Return `said` as a BibTeX entry whose key names the graph."""
    return citations.written([said], citations.BIBTEX).replace("{dataset,", "{tropico-kg,", 1)
