"""A graph small enough to know by heart: two findings on e-procurement, one case, one source; for the tests of asking and showing.

It holds what a page must not trust: markup in a label, an IRI with the scheme javascript.
"""

from __future__ import annotations

from pathlib import Path

from rdflib import URIRef

from graph import formats
from graph.embedded import ScratchStore
from graph.prefixes import BASE, NAMESPACES, graph_name

DIGEST = "sha256:" + "5ma11" * 12 + "abcd"
FINDING, OTHER = URIRef(BASE + "id/finding/f1"), URIRef(BASE + "id/finding/f2")
CASE = URIRef(BASE + "id/case/c1")

_GRAPHS = {
    "ontology/core": """
        <https://w3id.org/tropico-kg/ontology/core> a owl:Ontology ; rdfs:label "Core module"@en ;
            owl:versionIRI <https://w3id.org/tropico-kg/ontology/0.0.1/core> .
        trop:Case a owl:Class ; rdfs:label "case"@en ; skos:definition "What is studied."@en .
        trop:PortalCase a owl:Class ; rdfs:subClassOf trop:Case ; rdfs:label "portal case"@en .
        trop:Finding a owl:Class ; rdfs:label "finding"@en .
        trop:ContextFact a owl:Class ; rdfs:subClassOf trop:Finding ; rdfs:label "context fact"@en .
        trop:DeterminantFinding a owl:Class ; rdfs:subClassOf trop:Finding ; rdfs:label "determinant finding"@en .
        trop:DriverFinding a owl:Class ; rdfs:subClassOf trop:DeterminantFinding ; rdfs:label "driver finding"@en ;
            owl:equivalentClass [ a owl:Class ; owl:intersectionOf ( trop:DeterminantFinding
                [ a owl:Restriction ; owl:onProperty trop:hasDirection ; owl:hasValue direction:furthers ] ) ] .
        trop:concernsCase a owl:ObjectProperty ; rdfs:label "concerns case"@en ; rdfs:domain trop:Finding ; rdfs:range trop:Case .
        trop:hasEvidence a owl:ObjectProperty ; rdfs:subPropertyOf prov:wasDerivedFrom ; rdfs:label "has evidence"@en .
    """,
    "ontology/scheme/lists": """
        innovation:e-procurement a trop:Innovation ; skos:inScheme <https://w3id.org/tropico-kg/concept/innovation> ;
            skos:prefLabel "e-procurement"@en , "e-Beschaffung"@de ; skos:definition "Buying by electronic means."@en .
        innovation:telework a trop:Innovation ; skos:inScheme <https://w3id.org/tropico-kg/concept/innovation> ; skos:prefLabel "telework"@en .
        innovation:blockchain a trop:Innovation ; skos:inScheme <https://w3id.org/tropico-kg/concept/innovation> ; skos:prefLabel "blockchain"@en .
        direction:furthers skos:inScheme <https://w3id.org/tropico-kg/concept/direction> ; skos:prefLabel "furthers"@en .
        direction:hinders skos:inScheme <https://w3id.org/tropico-kg/concept/direction> ; skos:prefLabel "hinders"@en .
        confidence:stated skos:inScheme <https://w3id.org/tropico-kg/concept/confidence> ; skos:prefLabel "stated"@en ;
            skos:definition "Said in a source that was read whole."@en .
        lc:outer-context skos:topConceptOf <https://w3id.org/tropico-kg/concept/lipse> ; skos:inScheme <https://w3id.org/tropico-kg/concept/lipse> ; skos:prefLabel "outer context"@en .
        lc:inner-context skos:topConceptOf <https://w3id.org/tropico-kg/concept/lipse> ; skos:inScheme <https://w3id.org/tropico-kg/concept/lipse> ; skos:prefLabel "inner context"@en .
        tc:outcomes skos:topConceptOf <https://w3id.org/tropico-kg/concept/tropico> ; skos:prefLabel "outcomes"@en .
        lc:legislative-obligation skos:broader lc:outer-context ; skos:prefLabel "legislative obligation"@en .
        lc:bureaucratic-culture skos:broader lc:inner-context ; skos:prefLabel "bureaucratic culture"@en .
        adopter:later-adopter skos:inScheme <https://w3id.org/tropico-kg/concept/adopter> ; skos:prefLabel "later adopters"@en .
    """,
    "data/findings": """
        <https://w3id.org/tropico-kg/id/finding/f1> a trop:DeterminantFinding ; rdfs:label "Law drives e-procurement"@en ;
            trop:statement "Legislative obligations drive e-procurement."@en ; trop:concernsInnovation innovation:e-procurement ;
            trop:concernsConstruct lc:legislative-obligation ; trop:hasDirection direction:furthers ; trop:concernsCase id:case\\/c1 ;
            trop:isStrongestFor adopter:later-adopter ; trop:hasConfidence confidence:stated ; trop:rationale "As the source says."@en ;
            trop:hasEvidence id:passage\\/p1 ; prov:wasGeneratedBy id:activity\\/a1 ; rdfs:seeAlso <javascript:alert(1)> .
        <https://w3id.org/tropico-kg/id/finding/f2> a trop:DeterminantFinding ; rdfs:label "Culture hinders telework"@en ;
            trop:statement "A bureaucratic culture hinders telework."@en ; trop:concernsInnovation innovation:telework ;
            trop:concernsConstruct lc:bureaucratic-culture ; trop:hasDirection direction:hinders ; trop:hasEvidence id:passage\\/p1 .
        id:passage\\/p1 a trop:Passage ; trop:paraphrase "The law is the strongest push."@en ; trop:locator "section 2" ;
            oa:hasSource id:source\\/s1 ; oa:hasSelector id:passage\\/p1\\/quote .
        id:passage\\/p1\\/quote a oa:TextQuoteSelector ; oa:exact "the most powerful drivers"@en .
        id:source\\/s1 a trop:SourceDocument ; rdfs:label "News of 2015"@en ; dcterms:bibliographicCitation "LIPSE (2015). News." ;
            dcat:landingPage <https://example.org/news?a=1&b=2> .
        id:activity\\/a1 a trop:CodingActivity ; rdfs:label "First sitting"@en ; prov:wasAssociatedWith id:agent\\/editors ;
            prov:endedAtTime "2026-11-21T10:00:00Z"^^xsd:dateTime ; trop:followsCodebook id:codebook\\/0-1 .
        id:agent\\/editors rdfs:label "The editors"@en .
        id:codebook\\/0-1 rdfs:label "Codebook 0.1"@en .
    """,
    "data/cases": """
        id:case\\/c1 a trop:PortalCase ; rdfs:label "<script>alert('case')</script>"@en ; trop:partOfCaseSet id:case-set\\/all ;
            dcterms:spatial country:DEU ; trop:startYear 2017 .
        id:case-set\\/all a trop:CaseSet ; rdfs:label "all cases"@en .
        country:DEU rdfs:label "Germany"@en .
    """,
    "inferred": """
        <https://w3id.org/tropico-kg/id/finding/f1> a trop:DriverFinding , trop:Finding ; prov:wasDerivedFrom id:passage\\/p1 .
        id:case\\/c1 a trop:Case .
    """,
    "build": f"""
        <https://w3id.org/tropico-kg/graph/build> dcterms:identifier "{DIGEST}" ; owl:versionInfo "0.0.1" .
    """,
}

QUESTION = """\
#+ id: cq-01
#+ question: Which determinants drive or hinder an innovation?
#+ audience: [researcher, policy]
#+ tags: [lipse]
#+ method: >-
#+   One row per finding.
#+ params:
#+   innovation: {label: Innovation, from: concept/innovation, default: concept/innovation/e-procurement}
#+   direction: {label: Direction, from: concept/direction, optional: true}
PREFIX trop: <https://w3id.org/tropico-kg/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?determinant ?determinantLabel ?finding ?findingLabel ?passage WHERE {
  VALUES ?_innovation { <https://w3id.org/tropico-kg/concept/innovation/e-procurement> }
  VALUES ?_direction { UNDEF }
  ?finding trop:concernsInnovation ?_innovation ; trop:hasDirection ?_direction ; trop:concernsConstruct ?determinant ;
    rdfs:label ?findingLabel ; trop:hasEvidence ?passage .
  ?determinant skos:prefLabel ?determinantLabel .
} ORDER BY ?finding
"""

FACTS = """\
#+ id: cq-02
#+ question: What is said of each case?
#+ audience: [policy]
#+ method: One row per case.
#+ empty: No case is known.
PREFIX trop: <https://w3id.org/tropico-kg/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?case ?caseLabel (GROUP_CONCAT(STR(?finding); SEPARATOR = " ") AS ?findingList) ("=1+1" AS ?note) ?odd WHERE {
  ?case a trop:PortalCase ; rdfs:label ?caseLabel . ?finding trop:concernsCase ?case ; rdfs:seeAlso ?odd .
} GROUP BY ?case ?caseLabel ?odd
"""


def graphs() -> dict[URIRef, list[formats.Triple]]:
    """Return the triples of every graph of the small world."""
    declared = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in NAMESPACES.items())
    turtle = formats.by_key("ttl")
    return {graph_name(name): formats.parse((declared + text).encode(), turtle, source=name) for name, text in _GRAPHS.items()}


def small_store() -> ScratchStore:
    """Return a new store that holds the small world."""
    store = ScratchStore()
    store.replace(graphs())
    return store


def small_questions(folder: Path) -> Path:
    """Write the two questions into `folder` and return it."""
    (folder / "cq-01-determinants.rq").write_text(QUESTION, encoding="utf-8")
    (folder / "cq-02-facts.rq").write_text(FACTS, encoding="utf-8")
    return folder
