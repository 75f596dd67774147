"""The adoption lens: directions by group and side, silence told, no group made up; its page and its files."""

from __future__ import annotations

import csv
import io
import re

import pytest
from compared_world import compared_store, thing
from openpyxl import load_workbook

import app as wiring
from graph import build, lens
from graph.embedded import EmbeddedStore
from graph.errors import UsageError
from graph.settings import Settings

TELEWORK, PROCUREMENT = (thing("concept/innovation", each) for each in ("telework", "e-procurement"))
INNOVATOR = thing("concept/adopter", "innovator")


@pytest.fixture(scope="module")
def world():
    with compared_store() as store:
        yield store


@pytest.fixture(scope="module")
def client(world):
    return wiring.create_app(Settings(cache=None), world).test_client()


def row(seen, side, label):
    return next(each for each in seen.sides[side].rows if each.determinant.label == label)


def test_a_finding_stands_with_the_groups_it_names_and_on_the_side_of_the_framework_where_it_names_none(world):
    seen = lens.lens(world, PROCUREMENT)
    assert [side.ref.label for side in seen.sides] == ["outer context", "inner context"]
    law = row(seen, 0, "legislation")
    sign, = law.cells[INNOVATOR]
    assert (sign.direction.label, sign.is_context, sign.is_placed, sign.is_strongest) == ("hinders", False, True, False)
    assert law.cells[lens.NO_GROUP.iri] == () and not law.is_silent


def test_a_finding_that_names_no_group_is_told_of_none(world):
    law = row(lens.lens(world, TELEWORK), 0, "legislation")
    assert law.cells[INNOVATOR] == () and [sign.is_context for sign in law.cells[lens.NO_GROUP.iri]] == [True]


def test_a_determinant_nobody_spoke_of_is_there_and_silent(world):
    assert row(lens.lens(world, TELEWORK), 1, "training").is_silent


def test_groups_that_no_finding_names_are_told_apart(world):
    seen = lens.lens(world, TELEWORK)
    assert [each.label for each in seen.groups] == ["no group named", "innovator"]
    assert [each.label for each in seen.silent_groups] == ["later adopter", "laggard"]


def test_an_innovation_without_findings_is_refused_with_those_there_are(world):
    with pytest.raises(UsageError, match="the innovations are: innovation:e-procurement, innovation:telework"):
        lens.lens(world, thing("concept/innovation", "blockchain"))


def test_the_page_says_silent_in_words_and_opens_each_finding(client):
    text = client.get("/lens?innovation=concept/innovation/e-procurement", headers={"Accept": "text/html"}).text
    cells = re.findall(r'<td class="([^"]*)">(.*?)</td>', text, re.DOTALL)
    assert len(cells) == 4 and [name for name, _ in cells].count("silent") == 3
    assert all("silent" in inner for name, inner in cells if name == "silent")
    assert 'href="/id/finding/blocks"' in text and "side by the framework" in text and "▼" in text


def test_the_files_hold_every_cell(client):
    rows = list(csv.DictReader(io.StringIO(client.get("/lens.csv").text)))
    assert len(rows) == 8 and [each["direction"] for each in rows].count("silent") == 6
    sheet = load_workbook(io.BytesIO(client.get("/lens.xlsx").data))["Lens"]
    assert [value or "" for value in next(sheet.iter_rows(2, 2, values_only=True))] == list(rows[0].values())


@pytest.mark.parametrize(("path", "status", "said"), [
    ("/lens?innovation=nix", 400, "There is no innovation 'nix'"), ("/lens?colour=red", 400, "it has innovation"),
    ("/lens?innovation=concept/tropico/risk", 400, "No finding with a direction is about tc:risk; the innovations are"),
    ("/lens.pdf", 404, "/lens.csv and /lens.xlsx"),
])
def test_what_is_unknown_is_a_problem_with_its_remedy(client, path, status, said):
    answer = client.get(path)
    assert answer.status_code == status and said in answer.json["detail"]


def test_the_shipped_findings_are_all_in_the_lens_and_counted_once(tmp_path):
    with EmbeddedStore(tmp_path / "store") as store:
        build.build(store, settings=Settings())
        client = wiring.create_app(Settings(), store).test_client()
        assert len(client.get("/lens", headers={"Accept": "text/html"}).data) < 200_000
        for innovation in lens.innovations(store):
            counted = store.select(f"""
                PREFIX trop: <https://w3id.org/tropico-kg/ontology#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
                SELECT ?direction (COUNT(DISTINCT ?f) AS ?n) WHERE {{ ?f trop:concernsInnovation <{innovation.iri}> ; trop:hasDirection ?direction ;
                  trop:concernsConstruct/skos:inScheme <https://w3id.org/tropico-kg/concept/lipse> }} GROUP BY ?direction""").rows
            counts = lens.lens(store, innovation.iri).counts()
            assert {key: n for key, n in counts.items() if n} == {direction: int(n) for direction, n in counted} and counted
