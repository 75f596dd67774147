"""A question's work grows with its answer, not with the graph around it.

Counted on made-up cases beside the shipped data, at two sizes, as the results of all operators of the engine's plan: no clock, so no
luck. For each thing more that an answer tells of, the engine may take a number of steps more; what does not grow must cost the same.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from graph import build, questions
from graph.embedded import EmbeddedStore
from graph.settings import Settings

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
if not BENCHMARKS.is_dir():
    pytest.skip("the generator lies in a checkout only", allow_module_level=True)
sys.path.insert(0, str(BENCHMARKS))

import plans  # noqa: E402
from generate import generate  # noqa: E402

if plans.binary() is None:
    pytest.skip("no oxigraph to explain plans; pip install oxigraph", allow_module_level=True)

QUESTIONS = questions.load()
SMALL, LARGE = 5_000, 20_000  # triples made up
FOR_EACH = 130  # steps for each thing more that is told of
TO_SPARE = 100
LOOKS_AT_ALL = {
    "cq-04": "every coding is looked at to find what was coded twice",
    "cq-05": "every coding is looked at to find what was coded twice",
    "cq-06": "every rating of an expected outcome is looked at: Virtuoso loses rows where that part begins at the set of cases",
    "cq-08": "as cq-06",
    "cq-07": "every recorded test is looked at, also of propositions that are tested on no set of cases",
    "cq-33": "every finding is looked at to find those that lack something",
}


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    """The engine's folders of two stores, and by how much the made-up part of the larger is larger."""
    folders, triples = [], []
    cache = tmp_path_factory.mktemp("cache")
    for size in (SMALL, LARGE):
        folder = tmp_path_factory.mktemp("grown")
        triples.append(generate(folder / "made", size, seed=7, defects=0, files=1).triples)
        with EmbeddedStore(folder / "store") as store:
            build.build(store, [folder / "made" / "synthetic.nt"], settings=Settings(cache=cache), allow_synthetic=True)
        folders.append(plans.generation(folder / "store"))
    yield folders, triples[1] / triples[0]
    for folder in folders:
        shutil.rmtree(folder)


def faults(folders: list[Path], times: float, name: str, query: str) -> list[str]:
    """What is wrong with how the work on a query grows."""
    before, after = (plans.work(folder, query) for folder in folders)
    steps, told = after.steps - before.steps, after.told - before.told
    if name in LOOKS_AT_ALL:
        return [] if after.steps <= times * before.steps else [f"{times:.1f} times the data, but {before.steps} steps became {after.steps}"]
    if steps > FOR_EACH * max(told, 0) + TO_SPARE:
        return [f"{steps} steps more, from {before.steps}, to tell of {told} things more"]
    return []


@pytest.mark.parametrize("name", sorted(QUESTIONS))
def test_the_work_grows_with_the_answer(grown, name):
    folders, times = grown
    assert faults(folders, times, name, QUESTIONS[name].text) == []


BACKWARDS = """PREFIX trop: <https://w3id.org/tropico-kg/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX oa: <http://www.w3.org/ns/oa#>
SELECT ?finding WHERE {
  VALUES ?case { <https://w3id.org/tropico-kg/id/case/tropico-de-online-access-act> }
  ?finding trop:concernsCase ?case"""


@pytest.mark.parametrize(
    "rest",
    [
        "OPTIONAL { SELECT ?finding (COUNT(*) AS ?n) WHERE { ?finding trop:hasEvidence ?passage } GROUP BY ?finding } }",
        "FILTER NOT EXISTS { ?finding trop:hasEvidence/oa:hasSource/rdfs:label ?label } }",
    ],
    ids=["counted for all", "looked up again for each"],
)
def test_work_that_grows_with_the_graph_is_seen(grown, rest):
    folders, times = grown
    assert faults(folders, times, "cq-99", f"{BACKWARDS} . {rest}")


def test_the_larger_one_is_larger_and_answers_tell_more(grown):
    folders, times = grown
    assert times > 3
    one_case, listing = (plans.work(folders[1], QUESTIONS[name].text) for name in ("cq-40", "cq-09"))
    assert one_case.rows == 35 and one_case.told > 100 and listing.told > listing.rows > 20
