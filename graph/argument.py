"""A proposition as an argument: the verdict of each case, the codings it rests on, their passages, and what is missing.

The verdicts follow the rule of question cq-06. A construct is given in a case when it, or one under it, is rated at the
threshold or higher. A condition that is coded and not given makes the case one to which the proposition does not apply;
as long as a construct is not coded, the case is undecided; else the outcome decides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from rdflib import URIRef
from rdflib.namespace import RDFS, SKOS

from graph import describe, prefixes
from graph.describe import Ref
from graph.store import Store, Table

_SLUGS = ("supported", "opposed", "not-applicable", "undecided")
VERDICTS = tuple(URIRef(f"{prefixes.BASE}concept/verdict/{slug}") for slug in _SLUGS)
SUPPORTED, OPPOSED, NOT_APPLICABLE, UNDECIDED = VERDICTS
INFERRED = URIRef(prefixes.BASE + "concept/confidence/inferred")
_HEAD = f"PREFIX trop: <{prefixes.ONTOLOGY}> PREFIX skos: <{SKOS}> PREFIX rdfs: <{RDFS}>"


@dataclass(frozen=True)
class Passage:
    """A passage that a coding rests on: our paraphrase of it, and where in which source it stands."""

    ref: Ref
    paraphrase: str
    locator: str
    source: Ref | None

    @property
    def place(self) -> str:
        """Return where it stands, such as "Record of D6.4, abstract"."""
        return ", ".join(each for each in (self.source.label if self.source else "", self.locator) if each)

    @property
    def says(self) -> str:
        """Return what it says, else where it stands, else its name."""
        return self.paraphrase or self.place or self.ref.label


@dataclass(frozen=True)
class Coding:
    """A finding that rates a construct in one case: whether it reaches the threshold, and how sure it is."""

    finding: Ref
    construct: Ref
    rating: Ref
    reached: bool
    confidence: Ref | None
    passages: tuple[Passage, ...]

    @property
    def is_inferred(self) -> bool:
        """Whether this project concluded it, rather than a source saying it."""
        return self.confidence is not None and self.confidence.iri == INFERRED


@dataclass(frozen=True)
class Requirement:
    """A condition of a proposition, or the outcome that it expects."""

    construct: Ref
    threshold: Ref
    expected: bool
    iri: URIRef


@dataclass(frozen=True)
class Standing:
    """How one case stands to a proposition: the codings per requirement, and the constructs that are not coded."""

    case: Ref
    verdict: Ref
    codings: tuple[tuple[Requirement, tuple[Coding, ...]], ...]
    missing: tuple[Ref, ...]

    @property
    def found(self) -> tuple[Coding, ...]:
        """Return every coding once, in the order of the requirements."""
        return tuple({coding.finding.iri: coding for _, codings in self.codings for coding in codings}.values())

    @property
    def inferred(self) -> int:
        """Return how many of the codings this project inferred."""
        return sum(coding.is_inferred for coding in self.found)


@dataclass(frozen=True)
class Argument:
    """A proposition with what it requires and how every case on which it is tested stands to it."""

    proposition: Ref
    requirements: tuple[Requirement, ...]
    standings: tuple[Standing, ...]

    def paths(self) -> Iterator[tuple[Standing, Coding | None, Passage | None]]:
        """Yield each way from the proposition to a passage; it ends at the case where nothing is coded."""
        for standing in sorted(self.standings, key=lambda each: VERDICTS.index(each.verdict.iri)):
            for coding in standing.found or (None,):
                for passage in (coding.passages if coding else ()) or (None,):
                    yield standing, coding, passage

    def counts(self) -> tuple[tuple[Ref, int], ...]:
        """Return how many cases have each verdict that occurs, in the order of VERDICTS."""
        found = [each.verdict for each in self.standings]
        return tuple((ref, found.count(ref)) for ref in sorted(set(found), key=lambda ref: VERDICTS.index(ref.iri)))


def arguments(store: Store, proposition: URIRef | None = None) -> list[Argument]:
    """Return the arguments of every proposition with conditions, by IRI, or of `proposition` alone (none where it is none)."""
    wanted = _requirements(store, proposition)
    cases = _cases(store, wanted)
    codings = _codings(store, wanted)
    passages = _passages(store, {row[2] for row in codings.rows})
    names = describe.labels(store, _named(wanted, cases, codings, passages))
    found = _by_requirement(codings, passages, names)
    return [_argument(each, rows, cases[each], found, names) for each, rows in wanted.items()]


# -- gathering --------------------------------------------------------------------------------------------------------

_Rows = Mapping[URIRef, list[tuple]]


def _requirements(store: Store, only: URIRef | None) -> _Rows:
    """Return for each proposition its rows of condition, construct, threshold, and whether it is the outcome.

    One with a condition that has no name is left out: a verdict on the rest of it would be another proposition's.
    """
    this = f"VALUES ?proposition {{ <{only}> }}" if only is not None else ""
    table = store.select(f"""{_HEAD}
        SELECT DISTINCT ?proposition ?condition ?construct ?threshold ?expected WHERE {{
          {this} VALUES (?link ?expected) {{ (trop:hasCondition false) (trop:expects true) }}
          ?proposition ?link ?condition . ?condition trop:requiresConstruct ?construct ; trop:hasThreshold ?threshold
          FILTER NOT EXISTS {{ ?proposition trop:hasCondition|trop:expects ?nameless FILTER(!isIRI(?nameless)) }}
        }} ORDER BY ?proposition ?expected ?condition""")
    wanted: defaultdict[URIRef, list[tuple]] = defaultdict(list)
    for proposition, *row in table.rows:
        wanted[proposition].append(tuple(row))
    return wanted


def _cases(store: Store, wanted: _Rows) -> Mapping[URIRef, list[URIRef]]:
    """Return for each proposition the cases on which its set is tested."""
    table = store.select(f"""{_HEAD}
        SELECT DISTINCT ?proposition ?case WHERE {{
          {_values("proposition", wanted)}
          ?proposition trop:partOfPropositionSet/trop:testedOn ?set . ?case trop:partOfCaseSet ?set }} ORDER BY ?case""")
    cases: defaultdict[URIRef, list[URIRef]] = defaultdict(list)
    for proposition, case in table.rows:
        cases[proposition].append(case)
    return cases


def _codings(store: Store, wanted: _Rows) -> Table:
    """Return the observations of single cases that rate a required construct or one under it, one row per confidence."""
    return store.select(f"""{_HEAD}
        SELECT DISTINCT ?condition ?case ?finding ?construct ?rating ?reached ?confidence WHERE {{
          {_values("condition", (row[0] for rows in wanted.values() for row in rows))}
          ?condition trop:requiresConstruct ?required ; trop:hasThreshold/trop:level ?threshold .
          ?finding trop:concernsCase ?case ; trop:concernsConstruct ?construct ; trop:hasRating ?rating .
          ?construct skos:broader* ?required . ?rating trop:level ?level . BIND(?level >= ?threshold AS ?reached)
          OPTIONAL {{ ?finding trop:hasConfidence ?confidence }} FILTER(isIRI(?finding))
        }} ORDER BY ?condition ?case ?finding""")


def _passages(store: Store, findings: Iterable[URIRef]) -> Table:
    return store.select(f"""{_HEAD} PREFIX oa: <{prefixes.NAMESPACES["oa"]}>
        SELECT ?finding ?passage (MIN(?words) AS ?says) (MIN(?text) AS ?locator) (MIN(?from) AS ?source) WHERE {{
          {_values("finding", findings)} ?finding trop:hasEvidence ?passage FILTER(isIRI(?passage))
          OPTIONAL {{ ?passage trop:paraphrase ?words }} OPTIONAL {{ ?passage trop:locator ?text }} OPTIONAL {{ ?passage oa:hasSource ?from }}
        }} GROUP BY ?finding ?passage ORDER BY ?finding ?passage""")


def _values(name: str, iris: Iterable[URIRef]) -> str:
    return f"VALUES ?{name} {{ {' '.join(sorted({each.n3() for each in iris}))} }}"


def _named(wanted: _Rows, cases: Mapping[URIRef, list[URIRef]], *tables: Table) -> set[URIRef]:
    rows = [row for rows in wanted.values() for row in rows] + [row for table in tables for row in table.rows]
    found = {term for row in rows for term in row if isinstance(term, URIRef)}
    return {*found, *wanted, *VERDICTS, *(case for each in cases.values() for case in each)}


# -- judging ----------------------------------------------------------------------------------------------------------

_Found = Mapping[tuple[URIRef, URIRef], tuple[Coding, ...]]


def _by_requirement(codings: Table, passages: Table, names: Mapping[URIRef, str]) -> _Found:
    """Return the codings by condition and case."""
    resting: defaultdict[URIRef, list[Passage]] = defaultdict(list)
    for finding, passage, says, locator, source in passages.rows:
        if finding is not None:
            named = Ref(source, names[source]) if isinstance(source, URIRef) else None
            resting[finding].append(Passage(Ref(passage, names[passage]), str(says or ""), str(locator or ""), named))
    found: defaultdict[tuple[URIRef, URIRef], dict[URIRef, Coding]] = defaultdict(dict)
    for condition, case, finding, construct, rating, reached, confidence in codings.rows:
        sure = Ref(confidence, names[confidence]) if isinstance(confidence, URIRef) else None
        coding = Coding(Ref(finding, names[finding]), Ref(construct, names[construct]), Ref(rating, names[rating]),
                        str(reached) == "true", sure, tuple(resting[finding]))
        kept = found[condition, case].get(finding)
        found[condition, case][finding] = coding if kept is None or coding.reached else kept
    return {key: tuple(each.values()) for key, each in found.items()}


def _argument(
    proposition: URIRef, rows: list[tuple], cases: Iterable[URIRef], found: _Found, names: Mapping[URIRef, str]
) -> Argument:
    requirements = tuple(
        Requirement(Ref(construct, names[construct]), Ref(threshold, names[threshold]), bool(expected), condition)
        for condition, construct, threshold, expected in ((*row[:3], row[3].toPython()) for row in rows)
    )
    standings = [_standing(case, requirements, found, names) for case in cases]
    standings.sort(key=lambda each: each.case.label.casefold())
    return Argument(Ref(proposition, names[proposition]), requirements, tuple(standings))


def _standing(case: URIRef, requirements: tuple[Requirement, ...], found: _Found, names: Mapping[URIRef, str]) -> Standing:
    codings = tuple((each, found.get((each.iri, case), ())) for each in requirements)
    missing = dict.fromkeys(each.construct for each, made in codings if not made)
    verdict = _verdict(codings)
    return Standing(Ref(case, names[case]), Ref(verdict, names[verdict]), codings, tuple(missing))


def _verdict(codings: Iterable[tuple[Requirement, tuple[Coding, ...]]]) -> URIRef:
    """Return the verdict by the rule of the module's first lines."""
    codings = tuple(codings)
    conditions = [any(coding.reached for coding in made) if made else None for each, made in codings if not each.expected]
    outcomes = [any(coding.reached for coding in made) if made else None for each, made in codings if each.expected]
    if False in conditions:
        return NOT_APPLICABLE
    if None in conditions or not outcomes or None in outcomes:
        return UNDECIDED
    return SUPPORTED if all(outcomes) else OPPOSED
