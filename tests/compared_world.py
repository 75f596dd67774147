"""A graph with one cell of each state, for the tests of the comparison and its pages; labels hold what must stay text."""

from __future__ import annotations

from rdflib import URIRef

from graph import formats
from graph.embedded import ScratchStore
from graph.prefixes import BASE, NAMESPACES, graph_name
from small_world import DIGEST

HOSTILE = "=HYPERLINK(1)<script>alert('cell')</script>"
FINDINGS = {
    # name: what it says, besides the passage that all share
    "rated": "trop:concernsCase case:a ; trop:concernsConstruct tc:risk ; trop:hasRating rating:present",
    "same": "trop:concernsCase case:a ; trop:concernsConstruct tc:risk ; trop:hasRating rating:present",
    "names": "trop:concernsCase case:b ; trop:concernsConstruct tc:leadership ; trop:hasRating rating:absent ; trop:respondsTo tc:risk",
    "yes": "trop:concernsCase case:a ; trop:concernsConstruct tc:leadership ; trop:hasRating rating:present",
    "no": "trop:concernsCase case:a ; trop:concernsConstruct tc:leadership ; trop:hasRating rating:absent",
    "old": "trop:concernsCase case:b ; trop:concernsConstruct tc:leadership ; trop:hasRating rating:present",
    "fact": "trop:concernsCase case:a ; trop:hasAspect aspect:funding",
    "over": "trop:concernsCaseSet case-set:two ; trop:concernsConstruct tc:outcomes ; trop:hasRating rating:present ; "
            "trop:hasQuantifier quantifier:most",
    "drives": "trop:concernsCase case:l ; trop:concernsConstruct lc:legislation ; trop:hasDirection direction:furthers ; "
              "trop:concernsInnovation innovation:telework ; trop:hasConfidence confidence:context",
    "blocks": "trop:concernsCase case:l ; trop:concernsConstruct lc:legislation ; trop:hasDirection direction:hinders ; "
              "trop:concernsInnovation innovation:e-procurement ; trop:concernsAdopterCategory adopter:innovator",
    "one": "trop:concernsCase case:l ; trop:hasAspect aspect:funding ; trop:conflictsWith finding:other",
    "other": "trop:concernsCase case:l ; trop:hasAspect aspect:funding",
}
_LISTS = {
    "tropico": "system-context challenges-and-dynamics interventions outcomes", "lipse": "outer-context inner-context",
    "aspect": "funding", "rating": "present absent", "direction": "furthers hinders mixed unstated", "quantifier": "most",
    "innovation": "telework e-procurement", "adopter": "innovator later-adopter laggard", "confidence": "context", "context-side": "outer inner",
}
_BELOW = {"risk": "tropico/challenges-and-dynamics", "leadership": "tropico/interventions", "convening": "tropico/leadership",
          "legislation": "lipse/outer-context", "training": "lipse/inner-context"}

_CASES = f"""
    trop:Case a owl:Class . trop:PortalCase rdfs:subClassOf trop:Case ; rdfs:label "portal case"@en .
    trop:Finding a owl:Class ; rdfs:label "finding"@en . trop:CodedObservation rdfs:subClassOf trop:Finding ; rdfs:label "coded observation"@en .
    country:DEU rdfs:label "Germany"@en . country:BEL rdfs:label "Belgium"@en .
    case:a a trop:PortalCase ; rdfs:label "{HOSTILE}"@en ; dcterms:spatial country:BEL ; trop:partOfCaseSet case-set:two .
    case:b a trop:PortalCase ; rdfs:label "Case B"@en ; dcterms:spatial country:DEU ; trop:partOfCaseSet case-set:two .
    case:l a trop:PortalCase ; rdfs:label "Case L"@en ; dcterms:spatial country:DEU ; trop:partOfCaseSet case-set:other .
    case-set:two a trop:CaseSet ; rdfs:label "the two"@en ; trop:studiedIn study:t .
    case-set:other a trop:CaseSet ; rdfs:label "the other"@en ; trop:studiedIn study:l .
    study:t rdfs:label "Study T"@en ; trop:usesFramework <{BASE}concept/tropico> .
    study:l rdfs:label "Study L"@en ; trop:usesFramework <{BASE}concept/lipse> .
    <{BASE}concept/tropico> a trop:Framework ; rdfs:label "TROPICO framework"@en .
    <{BASE}concept/lipse> a trop:Framework ; rdfs:label "LIPSE framework"@en .
    source:s a trop:SourceDocument ; rdfs:label "A source"@en .
    passage:p a trop:Passage ; rdfs:label "its passage"@en ; trop:locator "page 1" ; trop:paraphrase "What it says."@en ; oa:hasSource source:s .
    activity:x rdfs:label "a sitting"@en ; trop:followsCodebook codebook:one ; prov:endedAtTime "2026-11-21T10:00:00Z"^^xsd:dateTime .
    codebook:one rdfs:label "Codebook one"@en .
"""
_BUILD = f'<{BASE}graph/build> dcterms:identifier "{DIGEST}" ; owl:versionInfo "0.0.1" .'


def thing(kind: str, slug: str) -> URIRef:
    """Return the IRI of a thing or concept of this world."""
    return URIRef(f"{BASE}{kind}/{slug}")


def _concepts() -> str:
    said = [f'<{BASE}concept/{scheme}/{slug}> skos:inScheme <{BASE}concept/{scheme}> ; skos:prefLabel "{slug.replace("-", " ")}"@en .'
            for scheme, slugs in _LISTS.items() for slug in slugs.split()]
    for slug, above in _BELOW.items():
        scheme = above.split("/")[0]
        said.append(f'<{BASE}concept/{scheme}/{slug}> skos:inScheme <{BASE}concept/{scheme}> ; skos:prefLabel "{slug}"@en ; '
                    f"skos:broader <{BASE}concept/{above}> .")
    return "\n".join(said)


def compared_store() -> ScratchStore:
    """Return a new store that holds this world."""
    declared = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in NAMESPACES.items())
    findings = "\n".join(f'finding:{name} a trop:CodedObservation ; rdfs:label "finding {name}"@en ; trop:statement "It is {name}."@en ; '
                         f"trop:hasEvidence passage:p ; prov:wasGeneratedBy activity:x ; {said} ." for name, said in FINDINGS.items())
    text = f"{declared}{_CASES}{_concepts()}\n{findings}\nfinding:names prov:wasRevisionOf finding:old ."
    store = ScratchStore()
    graphs = {"data/world": text, "build": declared + _BUILD}
    store.replace({graph_name(name): formats.parse(each.encode(), formats.by_key("ttl"), source=name) for name, each in graphs.items()})
    return store
