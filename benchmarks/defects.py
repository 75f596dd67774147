"""The kinds of defects that are seeded into made-up data: how each spoils a thing, and how it is reported.

Some point at things of data/, so that a defect is reported for what it is and not for a thing that is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from triples import Thing, iri, text, typed

Spoil = Callable[[Thing], object]


@dataclass(frozen=True)
class Defect:
    """One kind: its name, the path a report gives, a part of the message, and what is done to the thing."""

    name: str
    path: str
    message: str
    spoil: Spoil


def _without(name: str) -> Spoil:
    return lambda thing: thing.unsay(name)


def _also(name: str, *values: str) -> Spoil:
    return lambda thing: thing.say(name, *values)


def _instead(name: str, *values: str) -> Spoil:
    return lambda thing: thing.unsay(name).say(name, *values)


def _all(*steps: Spoil) -> Spoil:
    def spoil(thing: Thing) -> None:
        for step in steps:
            step(thing)

    return spoil


def _itself(name: str) -> Spoil:
    return lambda thing: thing.unsay(name).say(name, f"<{thing.iri}>")


def _about(thing: Thing, *cases: str) -> Thing:
    """Let a finding concern these cases and nothing else, and be of no share of a set."""
    for name in ("trop:concernsCase", "trop:concernsCaseSet", "trop:hasQuantifier"):
        thing.unsay(name)
    return thing.say("trop:concernsCase", *map(iri, cases))


_SUBJECT = "(trop:concernsCase | trop:concernsCaseSet | trop:concernsProject)"
_OTHER = "trop:testsProposition | trop:hasVerdict)"

_OF_ALL = (
    Defect("label-without-language", "rdfs:label", "exactly one English label", _instead("rdfs:label", text("Made up", None))),
    Defect("label-missing", "rdfs:label", "exactly one English label", _without("rdfs:label")),
)
_OF_FINDINGS = (
    Defect("evidence-missing", "trop:hasEvidence", "needs at least one passage", _without("trop:hasEvidence")),
    Defect("evidence-no-passage", "trop:hasEvidence", "needs at least one passage", _itself("trop:hasEvidence")),
    Defect("confidence-missing", "trop:hasConfidence", "exactly one confidence", _without("trop:hasConfidence")),
    Defect(
        "confidence-two", "trop:hasConfidence", "exactly one confidence",
        _instead("trop:hasConfidence", iri("confidence:stated"), iri("confidence:context")),
    ),
    Defect("activity-missing", "prov:wasGeneratedBy", "exactly one coding activity", _without("prov:wasGeneratedBy")),
    Defect("statement-blank", "trop:statement", "one English sentence", _instead("trop:statement", text(" "))),
    Defect(
        "about-two", _SUBJECT, "exactly one case, one case set or one research project",
        lambda thing: _about(thing, "case:tropico-be-portal", "case:tropico-dk-portal"),
    ),
    Defect(
        "inferred-without-rationale", "", "needs its reasons",
        _all(_instead("trop:hasConfidence", iri("confidence:inferred")), _without("trop:rationale")),
    ),
    Defect(
        "end-before-start", "trop:startYear", "not after the end year",
        _all(_instead("trop:startYear", typed(2020, "integer")), _instead("trop:endYear", typed(2017, "integer"))),
    ),
    Defect("revises-no-finding", "prov:wasRevisionOf", "revises another finding", _instead("prov:wasRevisionOf", iri("codebook:0-1"))),
)  # fmt: skip
_OF_OBSERVATIONS = (
    Defect("rating-missing", "trop:hasRating", "exactly one rating", _without("trop:hasRating")),
    Defect("rating-of-another-list", "trop:hasRating", "exactly one rating", _instead("trop:hasRating", iri("direction:furthers"))),
    Defect(
        "direction-on-observation",
        "(trop:hasDirection | trop:hasAspect | trop:quantity | trop:unit | " + _OTHER,
        "has no direction, aspect", _also("trop:hasDirection", iri("direction:furthers")),
    ),
    Defect(
        "constructs-two", "trop:concernsConstruct", "rates exactly one construct",
        _instead("trop:concernsConstruct", iri("tc:complexity"), iri("tc:power-imbalance")),
    ),
)  # fmt: skip
_OF_DETERMINANTS = (
    Defect("direction-missing", "trop:hasDirection", "exactly one direction", _without("trop:hasDirection")),
    Defect(
        "determinant-of-another-kind", "trop:concernsConstruct", "exactly one determinant",
        _instead("trop:concernsConstruct", iri("tc:complexity")),
    ),
    Defect("adopter-as-text", "trop:concernsAdopterCategory", "group of adopters", _also("trop:concernsAdopterCategory", text("everybody"))),
    Defect("innovation-missing", "trop:concernsInnovation", "which innovation", _without("trop:concernsInnovation")),
)  # fmt: skip
_OF_FACTS = (
    Defect("aspect-missing", "trop:hasAspect", "exactly one aspect", _without("trop:hasAspect")),
    Defect(
        "quantity-without-unit", "", "come together",
        _all(_instead("trop:quantity", typed(12, "integer")), _without("trop:unit")),
    ),
    Defect(
        "quantity-as-text", "trop:quantity", "at most one number",
        _all(_instead("trop:quantity", text("twelve", None)), _instead("trop:unit", text("partners", None))),
    ),
    Defect(
        "quantifier-on-a-case", "", "has no quantifier",
        lambda thing: _about(thing, "case:tropico-be-portal").say("trop:hasQuantifier", iri("quantifier:most")),
    ),
)  # fmt: skip
_OF_TESTS = (
    Defect("verdict-missing", "trop:hasVerdict", "exactly one verdict", _without("trop:hasVerdict")),
    Defect("proposition-missing", "trop:testsProposition", "exactly one proposition", _without("trop:testsProposition")),
)
_OF_PASSAGES = (
    Defect("locator-missing", "trop:locator", "exactly one locator", _without("trop:locator")),
    Defect("sources-none", "oa:hasSource", "exactly one source document", _without("oa:hasSource")),
    Defect("paraphrase-twice", "trop:paraphrase", "in our own English words", _also("trop:paraphrase", text("Made up again."))),
)
_OF_QUOTATIONS = (
    Defect("quotation-too-long", "oa:exact", "fewer than twelve words", _instead("oa:exact", text("word " * 12 + "word"))),
)
_OF_SOURCES = (
    Defect("year-out-of-range", "trop:publicationYear", "from 1950 to 2035", _instead("trop:publicationYear", typed(1066, "integer"))),
    Defect("page-count-nought", "trop:pageCount", "whole number of at least 1", _instead("trop:pageCount", typed(0, "integer"))),
    Defect("citation-missing", "dcterms:bibliographicCitation", "exactly one citation", _without("dcterms:bibliographicCitation")),
    Defect("identifier-with-scheme", "dcterms:identifier", "bare DOI", _instead("dcterms:identifier", text("http://x.example/", None))),
    Defect(
        "landing-page-with-session", "dcat:landingPage", "session or refresh token",
        _instead("dcat:landingPage", "<https://example.org/page?SessionId=1>"),
    ),
)  # fmt: skip
_OF_CASES = (
    Defect(
        "countries-two", "dcterms:spatial", "exactly one country", _instead("dcterms:spatial", iri("country:BEL"), iri("country:EST"))
    ),
    Defect("country-by-name", "dcterms:spatial", "by its IRI in the EU's list", _instead("dcterms:spatial", "<https://example.org/Estonia>")),
    Defect("set-missing", "trop:partOfCaseSet", "leads to no study", _without("trop:partOfCaseSet")),
)
_OF_PORTALS = (
    Defect("portal-and-city", "", "either a portal case or a smart city case", _also("rdf:type", iri("trop:SmartCityCase"))),
)
_OF_MEMBERSHIPS = (
    Defect("role-missing", "org:role", "needs a role", _without("org:role")),
    Defect("members-two", "org:member", "exactly one member", _also("org:member", iri("agent:tropico-kg-editors"))),
)

KINDS: dict[str, tuple[Defect, ...]] = {
    "CodedObservation": (*_OF_OBSERVATIONS, *_OF_FINDINGS, *_OF_ALL),
    "DeterminantFinding": (*_OF_DETERMINANTS, *_OF_FINDINGS, *_OF_ALL),
    "ContextFact": (*_OF_FACTS, *_OF_FINDINGS, *_OF_ALL),
    "PropositionTest": (*_OF_TESTS, *_OF_FINDINGS, *_OF_ALL),
    "Passage": (*_OF_PASSAGES, *_OF_ALL),
    "TextQuoteSelector": (*_OF_QUOTATIONS, *_OF_ALL),
    "SourceDocument": (*_OF_SOURCES, *_OF_ALL),
    "PortalCase": (*_OF_PORTALS, *_OF_CASES, *_OF_ALL),
    "SmartCityCase": (*_OF_CASES, *_OF_ALL),
    "AdoptionCase": (*_OF_CASES, *_OF_ALL),
    "Membership": (*_OF_MEMBERSHIPS, *_OF_ALL),
}
