"""What data/ must hold and must not hold, beyond what the shapes say of single things."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from rdflib import DCTERMS, PROV, RDF, RDFS, BNode, Graph, Literal, URIRef
from rdflib.namespace import Namespace

from graph import formats, resources
from graph.prefixes import BASE, TROP

OA = Namespace("http://www.w3.org/ns/oa#")
TOP = Path(__file__).resolve().parent.parent
LONGEST_QUOTE = 11
COPIED_WORDS = 12
FINDINGS = {TROP.CodedObservation, TROP.DeterminantFinding, TROP.ContextFact}


@pytest.fixture(scope="module")
def data() -> Graph:
    graph = Graph()
    for path in sorted(resources.folder("data").rglob("*.ttl")):
        for triple in formats.read(path).triples:
            graph.add(triple)
    return graph


def findings(data) -> set[URIRef]:
    return {s for kind in FINDINGS for s in data.subjects(RDF.type, kind)}


def test_every_finding_leads_to_a_passage_a_source_that_exists_and_a_coder(data):
    count = 0
    for finding in findings(data):
        sources = set(data.objects(finding, TROP.hasEvidence / OA.hasSource))
        assert sources and all((s, RDF.type, TROP.SourceDocument) in data for s in sources), finding
        assert list(data.objects(finding, PROV.wasGeneratedBy / PROV.wasAssociatedWith / RDFS.label)), finding
        count += 1
    assert count >= 250


def test_the_statements_of_both_starting_documents_are_coded(data):
    slugs = {str(f).rpartition("/")[2] for f in findings(data)}
    wanted = [f"tropico-f{n:02}" for n in range(1, 8)] + [f"lipse-l{n:02}" for n in range(1, 27)]
    assert not [start for start in wanted if not any(slug.startswith(start + "-") for slug in slugs)]


def test_a_finding_is_about_one_case_or_one_case_set_or_one_project(data):
    for finding in findings(data):
        about = [set(data.objects(finding, p)) for p in (TROP.concernsCase, TROP.concernsCaseSet, TROP.concernsProject)]
        assert sorted(map(len, about)) == [0, 0, 1], finding


def test_there_are_ten_tropico_cases_two_in_each_of_five_countries(data):
    cases = set(data.subjects(TROP.partOfCaseSet, URIRef(BASE + "id/case-set/tropico-ten-cases")))
    pairs = {(next(data.objects(c, DCTERMS.spatial)), next(k for k in data.objects(c, RDF.type) if k != TROP.Case)) for c in cases}
    assert len(cases) == 10 and len(pairs) == 10
    assert len({country for country, _ in pairs}) == 5


@pytest.mark.parametrize("country", ["be", "dk", "ee", "uk"])
def test_an_unidentified_portal_has_kind_country_and_case_set_and_nothing_else(data, country):
    case = URIRef(f"{BASE}id/case/tropico-{country}-portal")
    assert set(data.predicates(case)) == {RDF.type, RDFS.label, DCTERMS.spatial, TROP.partOfCaseSet}
    assert not set(data.subjects(None, case))


def test_there_is_no_blank_node(data):
    assert len(data) > 1000
    assert not [t for t in data if any(isinstance(term, BNode) for term in t)]


def test_a_quotation_is_short(data):
    quotes = list(data.objects(None, OA.exact))
    assert quotes
    assert not [q for q in quotes if len(q.split()) > LONGEST_QUOTE]


def words(text: str) -> list[str]:
    return re.findall(r"[\w'’-]+", text.casefold())


def runs(text: str) -> set[tuple[str, ...]]:
    """Every run of COPIED_WORDS consecutive words of a text."""
    w = words(text)
    return {tuple(w[i : i + COPIED_WORDS]) for i in range(len(w) - COPIED_WORDS + 1)}


def copied(literals, text: str) -> list[str]:
    """The literals that share a run of words with the text."""
    known = runs(text)
    return [str(literal) for literal in literals if runs(str(literal)) & known]


def test_the_check_for_copied_words_catches_a_copied_sentence():
    source = "one two three four five six seven eight nine ten eleven twelve thirteen"
    assert copied([Literal(f"It says that {source[:-9]}.")], source)
    assert not copied([Literal("one two three four five six seven eight nine ten eleven")], source)


def test_nothing_repeats_twelve_words_of_a_source_text(data):
    """Compares with every text file under TROPICO_SOURCE_TEXTS, or under the folder of starting documents where there is one."""
    folder = Path(os.environ.get("TROPICO_SOURCE_TEXTS", TOP.parent / "shared/reference/seeds"))
    texts = sorted(folder.rglob("*.txt")) if folder.is_dir() else []
    if not texts:
        pytest.skip(f"not run: no source texts in {folder.name}; set TROPICO_SOURCE_TEXTS to a folder of them")
    titles = set(data.objects(None, DCTERMS.title)) | set(data.objects(None, DCTERMS.bibliographicCitation))
    literals = [o for o in data.objects() if isinstance(o, Literal) and o not in titles]
    assert len(literals) > 300
    for text in texts:
        assert not copied(literals, text.read_text(encoding="utf-8")), text.name
