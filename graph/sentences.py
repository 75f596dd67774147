"""A finding as one sentence made of its parts: where it holds, for how many, what it says of what, and who says so.

The wording takes care of three things. What is said of a case set is not said of one case. What this project inferred, or
took from a source that is not the study's own, is not put into the study's mouth. What a source calls possible, or gives no
direction for, is not made firmer.
"""

from __future__ import annotations

from collections.abc import Iterable

from rdflib import URIRef

from graph import prefixes
from graph.describe import Ref, Thing
from graph.prefixes import TROP

Part = str | Ref
_LONGEST = 300  # signs of a statement that may stand for a sentence

# how a quantifier begins the sentence, and what it does to the rating
_OVER = {
    "all": ("In all cases of ", ""), "most": ("In most cases of ", ""), "many": ("In many cases of ", ""),
    "common": ("Across ", "commonly "), "tendency": ("Across ", "tending to be "), "unquantified": ("Across ", ""),
}
_WORKING = {
    "furthers": "furthering", "hinders": "hindering", "mixed": "both furthering and hindering",
    "unstated": "having an influence, in a direction it does not state, on",
}


def sentence(thing: Thing) -> tuple[Part, ...]:
    """Return the finding `thing` as a sentence in parts, the things in it as references; its statement where it rates nothing.

    A finding with neither is its own name.
    """
    construct = _refs(thing, TROP.concernsConstruct)
    rating, direction = _refs(thing, TROP.hasRating), _refs(thing, TROP.hasDirection)
    if construct and rating:
        return _ended(*_place(thing), *_rated(thing, construct, rating))
    if construct and direction:
        return _ended(*_place(thing), *_determined(thing, construct, direction))
    said = next((str(value.term) for value in thing.values(TROP.statement)), "")
    return (said if 0 < len(said) <= _LONGEST else thing.label,)


def is_over_a_set(thing: Thing) -> bool:
    """Say whether a finding is about a case set and no single case."""
    return bool(_refs(thing, TROP.concernsCaseSet)) and not _refs(thing, TROP.concernsCase)


def _place(thing: Thing) -> tuple[Part, ...]:
    """Return the beginning: in which case, or over which set and how much of it."""
    cases, sets = _refs(thing, TROP.concernsCase), _refs(thing, TROP.concernsCaseSet)
    if cases:
        return ("In ", *_listed(cases), ", ")
    return (_quantified(thing)[0], "“", *_listed(sets), "”, ") if sets else ()


def _quantified(thing: Thing) -> tuple[str, str]:
    """Return how the sentence begins over a set, and what stands before the rating."""
    quantifier = _refs(thing, TROP.hasQuantifier)
    if not quantifier or not is_over_a_set(thing):
        return ("Across ", "")
    return _OVER.get(_slug(quantifier[0]), ("Across ", f"{quantifier[0].label} "))


def _rated(thing: Thing, construct: list[Ref], rating: list[Ref]) -> tuple[Part, ...]:
    """Return "the coding rates … as …", with level, what it is used to handle and what it brings about."""
    level, answered, brought = (_refs(thing, each) for each in (TROP.concernsGovernanceLevel, TROP.respondsTo, TROP.leadsTo))
    return (
        _who(thing, "the coding rates "), *_listed(construct), _as(thing, _quantified(thing)[1]), *_listed(rating), *_after(" at the ", level),
        *_after(", used to handle ", answered), *_after(", said to bring about ", brought),
    )


def _determined(thing: Thing, construct: list[Ref], direction: list[Ref]) -> tuple[Part, ...]:
    """Return "the source names … as furthering the uptake of …", with adopters and phase."""
    innovation, among, above_all, phase = (
        _refs(thing, each) for each in (TROP.concernsInnovation, TROP.concernsAdopterCategory, TROP.isStrongestFor, TROP.concernsPhase)
    )
    possible = "possibly " if "possible" in map(_slug, _refs(thing, TROP.hasSalience)) else ""
    working = _WORKING.get(_slug(direction[0]), f"working ({direction[0].label}) on")
    uptake: tuple[Part, ...] = (" the uptake of ", *_listed(innovation)) if innovation else (" uptake",)
    among = [each for each in among if each not in above_all]
    return (
        _who(thing, "the source names "), *_listed(construct), _as(thing, f"{possible}{working}"), *uptake,
        *_after(" among ", among), *_after(" in the phase of ", phase), *_after(", above all for ", above_all),
    )


def _who(thing: Thing, otherwise: str) -> str:
    """Return who says so, by the finding's confidence."""
    confidence = _confidence(thing)
    if "inferred" in confidence:
        return "this project infers "
    return "a source that is not the study's own names " if "context" in confidence else otherwise


def _as(thing: Thing, said: str) -> str:
    return f" to be {said}" if "inferred" in _confidence(thing) else f" as {said}"


def _confidence(thing: Thing) -> set[str]:
    return {_slug(each) for each in _refs(thing, TROP.hasConfidence)}


def _refs(thing: Thing, wanted: URIRef) -> list[Ref]:
    return [Ref(value.term, value.label or str(value.term)) for value in thing.values(wanted) if isinstance(value.term, URIRef)]


def _slug(ref: Ref) -> str:
    return ref.iri.removeprefix(prefixes.BASE).rpartition("/")[2]


def _after(words: str, refs: list[Ref]) -> tuple[Part, ...]:
    return (words, *_listed(refs)) if refs else ()


def _listed(refs: list[Ref]) -> Iterable[Part]:
    """Yield "a, b and c"."""
    for place, ref in enumerate(refs):
        if place:
            yield " and " if place == len(refs) - 1 else ", "
        yield ref


def _ended(*parts: Part) -> tuple[Part, ...]:
    """Return the parts with a capital at the beginning and a full stop."""
    first, *rest = parts
    return (first[:1].upper() + first[1:] if isinstance(first, str) else first, *rest, ".")


def words(parts: Iterable[Part]) -> str:
    """Return a sentence as plain text."""
    return "".join(each if isinstance(each, str) else each.label for each in parts)
