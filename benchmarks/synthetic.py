"""Made-up studies, cases and findings, spread as in the real data of data/."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice

from rdflib import RDF, URIRef

from graph import ontology
from graph.prefixes import BASE, TROP
from triples import Thing, Unit, iri, text, typed

CASES_PER_STUDY = 10

# (kind of case, observations, determinants, facts) of the seventeen real cases
_CASES = (
    ("PortalCase", 0, 0, 0), ("PortalCase", 0, 0, 0), ("PortalCase", 0, 0, 0), ("PortalCase", 0, 0, 0), ("PortalCase", 7, 0, 28),
    ("SmartCityCase", 4, 0, 12), ("SmartCityCase", 6, 0, 12), ("SmartCityCase", 5, 0, 21), ("SmartCityCase", 2, 0, 7),
    ("SmartCityCase", 2, 0, 15), ("AdoptionCase", 0, 0, 2), ("AdoptionCase", 0, 0, 2), ("AdoptionCase", 0, 0, 19),
    ("AdoptionCase", 0, 3, 3), ("AdoptionCase", 0, 3, 2), ("AdoptionCase", 0, 0, 3), ("AdoptionCase", 0, 0, 2),
)  # fmt: skip
_OVER_A_SET = (9, 13, 22)  # per ten cases: observations, determinants, facts
_PROPOSITIONS = 5
_ORGANISATIONS = 30
_COUNTRIES = ("BEL", "DNK", "EST", "DEU", "GBR", "ITA", "SVK", "ESP")
_RATINGS = ("absent", "present", "present", "present", "marked")
_VERDICTS = ("supported", "supported", "opposed", "not-applicable", "undecided")
_WORDS = (
    "agencies", "budget", "citizens", "coordination", "data", "forms", "law", "leaders", "municipalities", "partners", "pilots",
    "portals", "procurement", "registers", "reports", "rules", "services", "staff", "standards", "suppliers", "teams", "training",
)  # fmt: skip
_UNITS = ("partners", "services", "months", "EUR", "employees")
_SOURCES = "trop:ContextFactor trop:CollaborationChallenge trop:InstitutionalDesignFeature trop:LeadershipApproach trop:Outcome".split()


@dataclass(frozen=True)
class World:
    """What all units share: the seed, and the constructs and codes of the ontology by the name of their class."""

    seed: int
    codes: dict[str, tuple[str, ...]]
    constructs: tuple[str, ...]

    @classmethod
    def of(cls, seed: int) -> World:
        """Read the codes from the ontology."""
        terms = ontology.load()
        kinds = ("FactAspect", "Determinant", "Innovation", "AdopterCategory", "AdoptionPhase", "ContextSide", "GovernanceLevel",
                 "Quantifier", "Salience", "Direction")  # fmt: skip
        codes = {kind: tuple(sorted(f"<{s}>" for s in terms.subjects(RDF.type, TROP[kind]))) for kind in kinds}
        codes["Role"] = tuple(sorted(f"<{s}>" for s in terms.subjects(RDF.type, URIRef("http://www.w3.org/ns/org#Role"))))
        framework = {f"<{s}>" for name in _SOURCES for s in terms.subjects(RDF.type, TROP[name.partition(":")[2]])}
        return cls(seed, codes, tuple(sorted(framework)))

    def slug(self, *parts: object) -> str:
        """Return a name that no real thing has."""
        return "-".join(["synthetic", str(self.seed), *(f"{each:06d}" if isinstance(each, int) else str(each) for each in parts)])

    def ref(self, sort: str, *parts: object) -> str:
        """Return the IRI of such a thing in N-Triples."""
        return f"<{BASE}id/{sort}/{self.slug(*parts)}>"

    def dice(self, *parts: object) -> random.Random:
        """Return a source of chance that depends on the seed and the parts alone, so that each unit stands by itself."""
        return random.Random(f"{self.seed} {parts}")


@dataclass
class Scene:
    """What the findings of one unit have in common: whom they concern, by which property, and in which study."""

    world: World
    dice: random.Random
    study: int
    name: str
    subject: tuple[str, str]
    passages: list[str]
    used: int = 0

    def finding(self, kind: str, number: int, letter: str) -> Thing:
        """Return a finding with what every finding has."""
        words = self.words(6)
        slug = self.world.slug(self.name, f"{letter}{number:03d}")
        thing = Thing.of(f"trop:{kind}", "finding", slug, f"Made-up finding {letter}{number} on {words}")
        thing.say("trop:statement", text(f"Made up: {words} matter in {self.name}."))
        thing.say(*self.subject).say("prov:wasGeneratedBy", self.world.ref("activity", self.study))
        evidence = [self.passages[self.used % len(self.passages)]]
        self.used += 1
        if self.dice.random() < 0.35:
            evidence.append(self.dice.choice(self.passages))
        thing.say("trop:hasEvidence", *dict.fromkeys(evidence))
        return self._trusted(thing)

    def _trusted(self, thing: Thing) -> Thing:
        inferred = self.dice.random() < 0.13
        name = "inferred" if inferred else self.dice.choice(("stated", "stated-in-opening", "stated-in-opening"))
        thing.say("trop:hasConfidence", iri(f"confidence:{name}"))
        if inferred or self.dice.random() < 0.3:
            thing.say("trop:rationale", text(f"Made up, as a program draws {self.words(3)}."))
        return thing

    def words(self, number: int) -> str:
        """Return some words that say nothing."""
        return " ".join(self.dice.choices(_WORDS, k=number))

    def maybe(self, thing: Thing, share: float, name: str, kind: str) -> None:
        """Say something of a code list for a share of the findings."""
        if self.dice.random() < share:
            thing.say(name, self.dice.choice(self.world.codes[kind]))


def dataset(world: World) -> Thing:
    """The mark of every file: what it holds is made up."""
    thing = Thing.of("trop:SyntheticDataset", "dataset", world.slug(), f"Made-up data with seed {world.seed}")
    return thing.say("rdfs:comment", text("Made up by a program to measure with; nothing in it is a fact."))


def shared_unit(world: World) -> Unit:
    """Codebook, coder, organisations, project and propositions, which all cases use."""
    return Unit("", "shared", _shared(world))


def _shared(world: World) -> Iterator[Thing]:
    yield Thing.of("trop:Codebook", "codebook", world.slug(), "Made-up codebook").say("owl:versionInfo", text("0.0", None))
    yield Thing.of("prov:Person", "agent", world.slug("coder"), "Made-up coder")
    yield Thing.of("trop:ResearchProject", "project", world.slug(), "Made-up project").say("trop:grantNumber", text("000000", None))
    for number in range(_ORGANISATIONS):
        yield Thing.of("org:FormalOrganization", "agent", world.slug("organisation", number), f"Made-up organisation {number}")
    group = Thing.of("trop:PropositionSet", "proposition-set", world.slug(), "Made-up propositions")
    yield group.say("trop:hasWordingStatus", iri("wording-status:own")).say("trop:propositionCount", typed(_PROPOSITIONS, "integer"))
    for number in range(_PROPOSITIONS):
        yield from _proposition(world, number)


def _proposition(world: World, number: int) -> Iterator[Thing]:
    thing = Thing.of("trop:Proposition", "proposition", world.slug(number), f"Made-up proposition {number}")
    thing.say("trop:wording", text(f"Made up: the construct {number} goes with the next one."))
    thing.say("trop:partOfPropositionSet", world.ref("proposition-set")).say("trop:hasClaimKind", iri("claim-kind:tendency"))
    thing.say("trop:hasCondition", world.ref("condition", number, "if")).say("trop:expects", world.ref("condition", number, "then"))
    yield thing.say("trop:formulatedFrom", world.ref("finding", _set_name(1), f"o{number:03d}"))
    for end, place in (("if", number), ("then", number + 1)):
        condition = Thing.of("trop:Condition", "condition", world.slug(number, end), f"Made-up condition {number} {end}")
        yield condition.say("trop:requiresConstruct", world.constructs[place]).say("trop:hasThreshold", iri("rating:present"))


def _set_name(study: int) -> str:
    return f"set-{study:06d}"


def study_unit(world: World, study: int) -> Unit:
    """A study with its set of cases, the documents it is known by, its coding, and the findings over the set."""
    return Unit("studies", world.slug(study), _study(world, study))


def _study(world: World, study: int) -> Iterator[Thing]:
    documents = ["report", *(f"page-{place}" for place in range(CASES_PER_STUDY))]
    refs = [world.ref("source", study, each) for each in documents]
    thing = Thing.of("trop:Study", "study", world.slug(study), f"Made-up study {study}")
    yield thing.say("trop:conductedIn", world.ref("project")).say("trop:reportedIn", *refs)
    cases = Thing.of("trop:CaseSet", "case-set", world.slug(study), f"Made-up case set {study}")
    yield cases.say("trop:studiedIn", world.ref("study", study)).say("trop:caseCount", typed(CASES_PER_STUDY, "integer"))
    activity = Thing.of("trop:CodingActivity", "activity", world.slug(study), f"Made-up coding {study}")
    activity.say("prov:wasAssociatedWith", world.ref("agent", "coder")).say("prov:used", *refs)
    yield activity.say("trop:followsCodebook", world.ref("codebook")).say("prov:endedAtTime", typed("2026-01-31T12:00:00Z", "dateTime"))
    dice = world.dice("study", study)
    for name in documents:
        yield _source(world, study, name, dice)
    scene = Scene(world, dice, study, _set_name(study), ("trop:concernsCaseSet", world.ref("case-set", study)), [])
    yield from _passages(scene, sum(_OVER_A_SET), "report")
    yield from _findings(scene, *_OVER_A_SET)


def _source(world: World, study: int, name: str, dice: random.Random) -> Thing:
    title = f"Made-up {name} of study {study}"
    thing = Thing.of("trop:SourceDocument", "source", world.slug(study, name), title)
    thing.say("dcterms:title", text(title)).say("dcterms:bibliographicCitation", text(f"Nobody (2026). {title}. Nowhere."))
    thing.say("trop:hasAccessStatus", iri("access:read-record")).say("dcterms:creator", world.ref("agent", "coder"))
    if dice.random() < 0.5:
        thing.say("trop:publicationYear", typed(dice.randint(2000, 2024), "integer"))
    if dice.random() < 0.6:
        thing.say("dcat:landingPage", f"<https://example.org/{world.slug(study, name)}>")
    return thing


def _passages(scene: Scene, findings: int, document: str) -> Iterator[Thing]:
    """Yield as many passages as the findings need, six for ten, and let the scene know them."""
    world = scene.world
    for number in range(-(-findings * 3 // 5)):
        slug = world.slug(scene.name, f"p{number:03d}")
        thing = Thing.of("trop:Passage", "passage", slug, f"Made-up passage {number} of {scene.name}")
        thing.say("oa:hasSource", world.ref("source", scene.study, document))
        thing.say("trop:locator", text(f"Page {number + 1}", None))
        thing.say("trop:paraphrase", text(f"Made up: {scene.words(12)}."))
        scene.passages.append(f"<{thing.iri}>")
        if scene.dice.random() < 0.02:
            quotation = Thing.of("oa:TextQuoteSelector", "selector", slug, f"Made-up quotation {number} of {scene.name}")
            yield quotation.say("oa:exact", text(scene.words(5)))
            thing.say("oa:hasSelector", f"<{quotation.iri}>")
        yield thing


def case_unit(world: World, study: int, place: int) -> Unit:
    """A case with the organisations that work together in it, its passages and what was found about it alone."""
    number = (study - 1) * CASES_PER_STUDY + place + 1
    return Unit("cases", world.slug(number), _case(world, study, place, number))


def _case(world: World, study: int, place: int, number: int) -> Iterator[Thing]:
    dice = world.dice("case", number)
    kind, observations, determinants, facts = dice.choice(_CASES)
    tests = _PROPOSITIONS if observations and dice.random() < 0.5 else 0
    findings = observations + determinants + facts + tests
    case = Thing.of(f"trop:{kind}", "case", world.slug(number), f"Made-up case {number}")
    case.say("dcterms:spatial", iri(f"country:{dice.choice(_COUNTRIES)}"))
    case.say("trop:partOfCaseSet", world.ref("case-set", study))
    if kind == "AdoptionCase":
        case.say("trop:adoptsInnovation", dice.choice(world.codes["Innovation"]))
    if facts > 4:
        case.say("trop:hasCollaboration", world.ref("collaboration", number))
    yield case
    name = f"case-{number:06d}"
    scene = Scene(world, dice, study, name, ("trop:concernsCase", world.ref("case", number)), [])
    yield from _passages(scene, findings, f"page-{place}")
    if facts > 4:
        yield from _collaboration(scene, number)
    yield from _findings(scene, observations, determinants, facts)
    for each in range(tests):
        test = scene.finding("PropositionTest", each, "t").say("trop:testsProposition", world.ref("proposition", each))
        yield test.say("trop:hasVerdict", iri(f"verdict:{dice.choice(_VERDICTS)}"))


def _collaboration(scene: Scene, number: int) -> Iterator[Thing]:
    world, dice = scene.world, scene.dice
    slug, source = world.slug(number), dice.choice(scene.passages)
    thing = Thing.of("trop:Collaboration", "collaboration", slug, f"Made-up collaboration {number}")
    yield thing.say("dcterms:source", source).say("trop:startYear", typed(dice.randint(2005, 2015), "integer"))
    for place, partner in enumerate(dice.sample(range(_ORGANISATIONS), dice.randint(2, 5))):
        member = Thing.of("org:Membership", "membership", world.slug(number, place), f"Made-up membership {place} in case {number}")
        member.say("org:member", world.ref("agent", "organisation", partner)).say("org:role", dice.choice(world.codes["Role"]))
        yield member.say("org:organization", f"<{thing.iri}>").say("dcterms:source", source)


def _findings(scene: Scene, observations: int, determinants: int, facts: int) -> Iterator[Thing]:
    constructs = scene.dice.sample(scene.world.constructs, len(scene.world.constructs))
    for number, construct in enumerate(islice(cycle(constructs), observations)):
        yield _observation(scene, number, construct)
    for number in range(determinants):
        yield _determinant(scene, number)
    for number in range(facts):
        yield _fact(scene, number)


def _observation(scene: Scene, number: int, construct: str) -> Thing:
    thing = scene.finding("CodedObservation", number, "o").say("trop:concernsConstruct", construct)
    thing.say("trop:hasRating", iri(f"rating:{scene.dice.choice(_RATINGS)}"))
    if scene.dice.random() < 0.5:
        thing.say("trop:interactsWith", scene.dice.choice(scene.world.constructs))
    scene.maybe(thing, 0.15, "trop:hasSalience", "Salience")
    scene.maybe(thing, 0.05, "trop:concernsGovernanceLevel", "GovernanceLevel")
    scene.maybe(thing, float(scene.subject[0] == "trop:concernsCaseSet"), "trop:hasQuantifier", "Quantifier")
    return thing


def _determinant(scene: Scene, number: int) -> Thing:
    thing = scene.finding("DeterminantFinding", number, "d")
    for name, kind, share in (
        ("trop:concernsConstruct", "Determinant", 1), ("trop:hasDirection", "Direction", 1), ("trop:concernsInnovation", "Innovation", 1),
        ("trop:concernsContextSide", "ContextSide", 0.82), ("trop:concernsPhase", "AdoptionPhase", 0.75),
        ("trop:hasSalience", "Salience", 0.36), ("trop:concernsAdopterCategory", "AdopterCategory", 0.25),
        ("trop:isStrongestFor", "AdopterCategory", 0.14),
    ):  # fmt: skip
        scene.maybe(thing, share, name, kind)
    return thing


def _fact(scene: Scene, number: int) -> Thing:
    thing = scene.finding("ContextFact", number, "f")
    scene.maybe(thing, 1, "trop:hasAspect", "FactAspect")
    if scene.dice.random() < 0.39:
        thing.say("trop:quantity", typed(scene.dice.randint(1, 900), "integer")).say("trop:unit", text(scene.dice.choice(_UNITS), None))
    return thing
