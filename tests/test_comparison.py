"""The matrix tells five states apart, keeps what is said of sets apart from cases, and loses nothing on its way into files."""

from __future__ import annotations

import csv
import io
from collections import Counter

import pytest
from compared_world import HOSTILE, compared_store, thing
from openpyxl import load_workbook

from graph import build, comparison, comparison_files, frameworks, tables
from graph.embedded import EmbeddedStore
from graph.errors import UsageError
from graph.settings import Settings

A, B, L = (thing("id/case", each) for each in "abl")
RISK, LEADERSHIP, LAW = (thing("concept", each) for each in ("tropico/risk", "tropico/leadership", "lipse/legislation"))
FUNDING = thing("concept", "aspect/funding")


@pytest.fixture(scope="module")
def world():
    with compared_store() as store:
        yield store


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    with EmbeddedStore(tmp_path_factory.mktemp("real") / "store") as store:
        build.build(store, settings=Settings())
        yield store


def cell(world, case, construct):
    return comparison.compare(world, [case], [construct]).cell(construct, case)


@pytest.mark.parametrize(("case", "construct", "state", "words", "findings"), [
    (A, RISK, "rated", "present", 2),
    (B, LEADERSHIP, "rated", "absent", 1),
    (B, RISK, "fact", "named", 1),
    (A, FUNDING, "fact", "1 fact", 1),
    (A, LEADERSHIP, "contradictory", "contradictory: absent / present", 2),
    (L, FUNDING, "contradictory", "contradictory", 2),
    (A, thing("concept", "tropico/outcomes"), "not coded", "not coded", 0),
    (A, LAW, "not applicable", "not applicable", 0),
    (L, RISK, "not applicable", "not applicable", 0),
])
def test_a_cell_has_the_state_its_findings_give_it(world, case, construct, state, words, findings):
    found = cell(world, case, construct)
    assert (found.state, found.words, len(found.marks)) == (state, words, findings)


def test_opposite_directions_for_two_innovations_do_not_contradict_and_a_context_source_is_named(world):
    assert cell(world, L, LAW).words == "hinders; furthers (context source)"


def test_a_revised_finding_does_not_count(world):
    assert [mark.finding.label for mark in cell(world, B, LEADERSHIP).marks] == ["finding names"]


def test_what_is_said_of_a_set_stands_in_its_own_column_and_in_no_case(world):
    compared = comparison.compare(world, [A, B])
    outcomes = thing("concept", "tropico/outcomes")
    assert [each.ref.label for each in compared.sets] == ["the two"]
    assert compared.cell(outcomes, compared.sets[0].ref.iri).words == "present, most"
    assert {compared.cell(outcomes, case).state for case in (A, B)} == {"not coded"}


def test_a_construct_that_is_not_coded_says_how_much_is_under_it(world):
    found = cell(world, A, RISK), comparison.compare(world, [A]).cell(thing("concept", "tropico/challenges-and-dynamics"), A)
    assert (found[0].below, found[1].state, found[1].below) == (0, "not coded", 2)


def test_the_framework_of_the_cases_is_the_default_in_its_own_order(world):
    compared = comparison.compare(world, [B])
    assert [part.ref.label for part in compared.parts] == ["system context", "challenges and dynamics", "interventions", "outcomes"]
    assert [(row.ref.label, row.depth) for row in compared.parts[2].rows] == [("interventions", 0), ("leadership", 1), ("convening", 2)]
    assert len(comparison.compare(world).cases) == 3


@pytest.mark.parametrize(("cases", "constructs", "said"), [
    ([RISK], [], "no case tc:risk; choose among those at /cases"),
    ([], [A], "case:a is no construct of a framework and no aspect"),
])
def test_what_is_no_case_or_construct_is_refused_with_a_remedy(world, cases, constructs, said):
    with pytest.raises(UsageError, match=said):
        comparison.compare(world, cases, constructs)


def test_the_states_are_counted_over_single_cases(world):
    counts = comparison.compare(world).counts()
    assert counts == {"rated": 3, "fact": 1, "contradictory": 1, "not coded": 13, "not applicable": 15}


# -- files ------------------------------------------------------------------------------------------------------------


def test_the_csv_holds_every_cell_and_no_formula(world):
    compared = comparison.compare(world)
    text = tables.as_csv(comparison_files.matrix(compared))
    head, *rows = csv.reader(io.StringIO(text))
    assert head[3] == "'" + HOSTILE and head[-1] == "Over the set: the two"
    assert [len(row) for row in rows] == [len(head)] * len(compared.rows)
    risk = next(row for row in rows if row[1] == "risk")
    assert risk[3:] == ["present", "named", "not applicable", "not coded"]


def test_the_workbook_comes_back_with_every_cell_finding_and_its_provenance(world):
    compared = comparison.compare(world)
    book = load_workbook(io.BytesIO(comparison_files.as_workbook(world, compared, {"Address": "http://here/compare"})))
    assert book.sheetnames == ["Matrix", "Findings", "About"]
    matrix = [list(row) for row in book["Matrix"].iter_rows(values_only=True)]
    assert matrix[0][3] == HOSTILE and book["Matrix"].cell(1, 4).data_type == "s"
    words = [compared.cell(row.ref.iri, subject.ref.iri).words for row in compared.rows for subject in compared.subjects]
    assert [value for row in matrix[1:] for value in row[3:]] == words
    findings = [dict(zip([cell.value for cell in book["Findings"][1]], row)) for row in book["Findings"].iter_rows(2, values_only=True)]
    rated = next(row for row in findings if row["Finding"] == "finding rated")
    assert rated["Finding iri"].endswith("id/finding/rated") and rated["State"] == "rated" and rated["Scope"] == "case"
    assert (rated["Passages"], rated["Sources"], rated["Codebook"]) == ("its passage", "A source", "Codebook one")
    assert rated["Coded on"] == "2026-11-21T10:00:00Z" and rated["Subject"] == HOSTILE
    assert ("Address", "http://here/compare") in set(book["About"].iter_rows(values_only=True))


def test_the_list_of_findings_has_a_row_for_every_finding_and_for_every_gap(world):
    compared = comparison.compare(world)
    rows = comparison_files.evidence(world, compared).rows
    assert len(rows) == sum(max(1, len(each.marks)) for each in compared.cells.values())


# -- the shipped data -------------------------------------------------------------------------------------------------


def test_the_ten_cases_by_their_framework_agree_with_an_independent_count(real):
    compared = comparison.compare(real)
    assert len(compared.cases) == 10 and len(compared.rows) == len({row.ref.iri for row in compared.rows})
    rows = real.select("""
        PREFIX trop: <https://w3id.org/tropico-kg/ontology#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
        SELECT ?case ?construct (COUNT(DISTINCT ?f) AS ?n) (COUNT(DISTINCT ?rating) AS ?ratings) WHERE {
          ?case trop:partOfCaseSet <https://w3id.org/tropico-kg/id/case-set/tropico-ten-cases> . ?f trop:concernsCase ?case ;
            trop:concernsConstruct ?construct ; trop:hasRating ?rating . ?construct skos:inScheme <https://w3id.org/tropico-kg/concept/tropico>
        } GROUP BY ?case ?construct""").rows
    assert len(rows) > 20
    rated = {(construct, case): int(n) for case, construct, n, ratings in rows if int(ratings) == 1}
    cells = {key: each for key, each in compared.cells.items() if key[1] in {case.ref.iri for case in compared.cases}}
    assert {key for key, each in cells.items() if each.state == "rated"} == set(rated)
    assert {key: sum(mark.rating is not None for mark in cells[key].marks) for key in rated} == rated
    assert compared.counts()["contradictory"] == len(rows) - len(rated)
    assert sum(compared.counts().values()) == len(compared.rows) * 10


def test_every_statement_over_the_ten_cases_is_in_their_column_alone(real):
    compared = comparison.compare(real)
    over = Counter(mark.finding.iri for (_, subject), each in compared.cells.items() for mark in each.marks if subject == comparison.TEN_CASES)
    alone = {mark.finding.iri for (_, subject), each in compared.cells.items() for mark in each.marks if subject != comparison.TEN_CASES}
    assert len(over) >= 9 and not over.keys() & alone


def test_cases_of_studies_without_a_framework_are_shown_by_the_one_their_findings_speak_of(real):
    compared = comparison.compare(real, [thing("id/case", "lipse-sk-municipalities")])
    assert {part.framework.label for part in compared.parts} == {"LIPSE framework"} and compared.counts()["rated"] == 3


def test_the_frameworks_parts_hold_every_construct_once(real):
    scheme = "https://w3id.org/tropico-kg/concept/tropico"
    inside = real.select(f"SELECT ?c WHERE {{ ?c <http://www.w3.org/2004/02/skos/core#inScheme> <{scheme}> }}").rows
    listed = [row.ref.iri for part in frameworks.parts(real) if str(part.framework.iri) == scheme for row in part.rows]
    assert sorted(listed) == sorted(each for (each,) in inside) and listed[0] == frameworks.TROPICO[0]
