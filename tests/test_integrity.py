"""Each rule over the whole graph holds for the shipped content, and each seeded fault breaks the rule it was made to break."""

from __future__ import annotations

from pathlib import Path

import pytest
from rdflib import URIRef

from graph import build, formats, integrity
from graph.embedded import ScratchStore
from graph.errors import DataError, ParseError
from graph.prefixes import NAMESPACES, graph_name
from graph.settings import Settings

PREFIXES = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in NAMESPACES.items())
RULES = {rule.name: rule for rule in integrity.load()}
OBSERVATION = "a trop:CodedObservation ; trop:concernsCase case:tropico-dk-doll ; trop:concernsConstruct tc:risk ;"
FAULTS = {
    "double-coding": (
        f"finding:x {OBSERVATION} trop:hasRating rating:present ; prov:wasGeneratedBy activity:a . "
        f"finding:y {OBSERVATION} trop:hasRating rating:absent ; prov:wasGeneratedBy activity:a .",
        "finding:x and finding:y",
    ),
    "orphan-passage": ("passage:x a trop:Passage .", "passage:x"),
    "revision-cycle": ("finding:x prov:wasRevisionOf finding:y . finding:y prov:wasRevisionOf finding:x .", "finding:x; finding:y"),
    "self-conflict": ("finding:x trop:conflictsWith finding:x .", "finding:x"),
    "finding-without-source": ("finding:x a trop:ContextFact ; trop:hasEvidence passage:nowhere .", "finding:x"),
    "set-statement-on-a-case": (
        "finding:x trop:concernsCase case:tropico-dk-doll ; trop:concernsConstruct tc:hybrid-structure ;"
        " trop:hasEvidence passage:tropico-d6-4-record-hybrid .",
        "finding:x and finding:tropico-f02-hybrid-structure",
    ),
    "long-quotation": (
        '<https://example.org/quote> oa:exact "one two three four five six seven eight nine ten eleven twelve"@en .',
        "https://example.org/quote and 12",
    ),
    "copied-at-length": (
        'finding:x trop:statement "It says “one two three four five six seven eight nine ten eleven twelve” there."@en .',
        "finding:x and trop:statement",
    ),
    "context-told-as-finding": (
        "finding:x trop:concernsCase case:tropico-dk-doll ; trop:hasConfidence confidence:stated ; trop:hasEvidence passage:x ."
        " passage:x oa:hasSource source:foreign .",
        "finding:x and source:foreign",
    ),
}


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    with ScratchStore() as store:
        build.build(store, settings=Settings(cache=tmp_path_factory.mktemp("cache")))
        yield {graph: list(store.construct(f"CONSTRUCT {{ ?s ?p ?o }} {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}")) for graph in store.graphs()}


def broken_by(shipped, fault: str) -> dict[str, str]:
    triples = formats.parse((PREFIXES + fault).encode(), formats.by_key("ttl"), source="fault")
    with ScratchStore() as store:
        store.replace({**shipped, graph_name("fault"): triples})
        return {each.rule.name: each.as_text() for each in integrity.breaches(store, tuple(RULES.values()))}


def test_every_rule_has_a_seeded_fault_and_every_fault_a_rule():
    assert set(FAULTS) == set(RULES) and len(RULES) >= 8


def test_the_shipped_content_breaks_no_rule(shipped):
    assert broken_by(shipped, "") == {}


@pytest.mark.parametrize("name", FAULTS)
def test_a_seeded_fault_breaks_its_rule_and_is_named_with_the_remedy(shipped, name):
    fault, told = FAULTS[name]
    text = broken_by(shipped, fault)[name]
    assert told in text and RULES[name].remedy in text


def test_an_odd_run_of_words_is_no_quotation_at_length(shipped):
    fine = 'finding:x trop:statement "The word “tremendous” is quoted, and much else is said here that is nobody\'s but our own."@en .'
    assert "copied-at-length" not in broken_by(shipped, fine)


def test_a_build_that_breaks_a_rule_changes_nothing(tmp_path):
    (tmp_path / "mine.ttl").write_text(PREFIXES + "finding:tropico-f02-hybrid-structure prov:wasRevisionOf finding:tropico-f02-hybrid-structure .")
    settings = Settings(cache=tmp_path / "cache")
    with ScratchStore() as store:
        before = build.build(store, settings=settings).identity
        with pytest.raises(DataError, match="revision-cycle: .*finding:tropico-f02-hybrid-structure"):
            build.build(store, [tmp_path / "mine.ttl"], settings=settings)
        assert build.identity(store) == before
        assert URIRef(str(graph_name("local/mine"))) not in store.graphs()


def test_a_rule_without_its_header_is_named(tmp_path: Path):
    (tmp_path / "bare.rq").write_text("SELECT * { ?s ?p ?o }")
    with pytest.raises(ParseError, match=r"bare\.rq:1: .*#\+ rule"):
        integrity.load(tmp_path)
