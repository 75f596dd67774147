"""One proposition on a few cases, one for each way to a verdict; and labels that a page must not trust."""

from __future__ import annotations

from small_world import graphs

from graph import formats
from graph.embedded import ScratchStore
from graph.prefixes import NAMESPACES, graph_name

HOSTILE = "</title><script>alert('svg')</script>"
TURNED = "safe\u202egnp.exe"

# case, its verdict, the names of what is not coded
CASES = [
    ("both", "supported", []),
    ("refuted", "opposed", []),
    ("lacking", "not-applicable", []),
    ("half", "undecided", ["outcome"]),
    ("uncoded", "undecided", ["cause", "outcome"]),
    ("below", "supported", []),
    ("either", "supported", []),
    ("lacking-too", "not-applicable", ["outcome"]),
]
# case, what is rated, at which level: a construct below the required one counts, and of two ratings the higher
_RATINGS = [
    ("both", "cause", 1), ("both", "outcome", 2), ("refuted", "cause", 1), ("refuted", "outcome", 0), ("lacking", "cause", 0),
    ("lacking", "outcome", 1), ("half", "cause", 1), ("below", "part-of-cause", 1), ("below", "outcome", 1),
    ("either", "cause", 0), ("either", "cause", 1), ("either", "outcome", 1), ("lacking-too", "cause", 0), ("elsewhere", "cause", 1),
]

_SHARED = f"""
    id:proposition\\/p a trop:Proposition ; rdfs:label "Cause brings outcome"@en ; trop:wording "Where cause, there outcome."@en ;
        trop:partOfPropositionSet id:proposition-set\\/s ; trop:hasCondition id:condition\\/if ; trop:expects id:condition\\/then .
    id:condition\\/if trop:requiresConstruct tc:cause ; trop:hasThreshold rating:r1 .
    id:condition\\/then trop:requiresConstruct tc:outcome ; trop:hasThreshold rating:r1 .
    id:proposition-set\\/s a trop:PropositionSet ; rdfs:label "Own set"@en ; trop:testedOn id:case-set\\/s ; trop:propositionCount 1 .
    id:proposition-set\\/lost a trop:PropositionSet ; rdfs:label "Lost set"@en ; trop:propositionCount 3 ;
        trop:hasWordingStatus <https://w3id.org/tropico-kg/concept/wording-status/not-available> .
    <https://w3id.org/tropico-kg/concept/wording-status/not-available> skos:prefLabel "wording not available"@en .
    tc:cause skos:prefLabel "cause"@en . tc:outcome skos:prefLabel "outcome"@en .
    tc:part-of-cause skos:prefLabel "part of cause"@en ; skos:broader tc:cause .
    rating:r0 trop:level 0 ; skos:prefLabel "absent"@en . rating:r1 trop:level 1 ; skos:prefLabel "present"@en .
    rating:r2 trop:level 2 ; skos:prefLabel "marked"@en .
    confidence:inferred skos:prefLabel "inferred"@en .
    <https://w3id.org/tropico-kg/concept/verdict/supported> skos:prefLabel "supported"@en .
    <https://w3id.org/tropico-kg/concept/verdict/opposed> skos:prefLabel "opposed"@en .
    <https://w3id.org/tropico-kg/concept/verdict/not-applicable> skos:prefLabel "not applicable"@en .
    <https://w3id.org/tropico-kg/concept/verdict/undecided> skos:prefLabel "undecided"@en .
    id:case\\/elsewhere a trop:Case ; rdfs:label "Elsewhere"@en .
    trop:CodedObservation rdfs:subClassOf trop:Finding .
"""


def _case(slug: str) -> str:
    return f'id:case\\/{slug} a trop:Case ; rdfs:label "Case {slug}"@en ; trop:partOfCaseSet id:case-set\\/s .'


def _rating(number: int, case: str, construct: str, level: int) -> str:
    confidence = "inferred" if number % 2 else "stated"
    return f"""id:finding\\/r{number} a trop:CodedObservation ; rdfs:label "Rating {number}"@en ; trop:concernsCase id:case\\/{case} ;
        trop:concernsConstruct tc:{construct} ; trop:hasRating rating:r{level} ; trop:hasConfidence confidence:{confidence} ;
        trop:hasEvidence id:passage\\/p1 ."""


def proposition_store(extra: str = "") -> ScratchStore:
    """Return a new store that holds the small world, the proposition, its cases, and the Turtle `extra`."""
    declared = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in NAMESPACES.items())
    text = "\n".join([_SHARED, *(_case(case) for case, *_ in CASES), *(_rating(n, *row) for n, row in enumerate(_RATINGS)), extra])
    store = ScratchStore()
    triples = formats.parse((declared + text).encode(), formats.by_key("ttl"), source="propositions")
    store.replace({**graphs(), graph_name("data/propositions"): triples})
    return store
