"""A second opinion on the ontology from tools this project did not write: ROBOT, and the OWL API it stands on.

`make robot` fetches them by name with Maven into build/robot; where they or Java are missing these tests say "not run".
"""

from __future__ import annotations

import csv
import subprocess
from pathlib import Path

import pytest

from graph import canonical, ontology, resources

TOP = Path(__file__).resolve().parent.parent
JARS = TOP / "build/robot"
ROOT = resources.folder("ontology") / "tropico-kg.ttl"
CATALOG = resources.folder("ontology") / "catalog-v001.xml"
VIEW = Path(__file__).parent / "robot/view.ru"
ROUND_TRIP = Path(__file__).parent / "robot/RoundTrip.java"

if not any(JARS.glob("robot-command-*.jar")) or not ontology.find_java():
    pytest.skip("not run: ROBOT or Java is not here; run make robot", allow_module_level=True)


def robot(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [str(ontology.find_java()), "-cp", f"{JARS}/*", "org.obolibrary.robot.CommandLineInterface", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def merge_into(path: Path, root: Path = ROOT, catalog: Path = CATALOG) -> Path:
    done = robot("--catalog", catalog, "merge", "--input", root, "--collapse-import-closure", "true", "--output", path)
    assert done.returncode == 0, done.stdout
    return path


def errors(merged: Path, folder: Path) -> list[list[str]]:
    report = folder / "report.tsv"
    done = robot("query", "--input", merged, "--update", VIEW, "report", "--fail-on", "none", "--output", report)
    assert done.returncode == 0, done.stdout
    with report.open(encoding="utf-8", newline="") as handle:
        return [row for row in csv.reader(handle, delimiter="\t") if row[0] == "ERROR"]


@pytest.fixture(scope="module")
def merged(tmp_path_factory) -> Path:
    return merge_into(tmp_path_factory.mktemp("robot") / "merged.ttl")


def test_the_report_has_no_error(merged, tmp_path):
    assert errors(merged, tmp_path) == []


def test_the_report_names_a_term_whose_label_was_taken_away(merged, tmp_path):
    text = merged.read_text(encoding="utf-8")
    assert text.count('rdfs:label "case set"@en') == 1
    damaged = tmp_path / "damaged.ttl"
    damaged.write_text(text.replace('rdfs:label "case set"@en', 'rdfs:seeAlso "case set"@en'), encoding="utf-8")
    assert [row[2] for row in errors(damaged, tmp_path) if row[1] == "missing_label"] == ["https://w3id.org/tropico-kg/ontology#CaseSet"]


def test_the_closure_is_in_owl_2_dl(merged, tmp_path):
    verdict = tmp_path / "profile.txt"
    done = robot("validate-profile", "--profile", "DL", "--input", merged, "--output", verdict)
    assert done.returncode == 0, verdict.read_text(encoding="utf-8")


def test_the_profile_check_refuses_an_ontology_outside_dl(merged, tmp_path):
    damaged = tmp_path / "damaged.ttl"
    outside = "\n<http://www.w3.org/2004/02/skos/core#broaderTransitive> a <http://www.w3.org/2002/07/owl#FunctionalProperty> .\n"
    damaged.write_text(merged.read_text(encoding="utf-8") + outside, encoding="utf-8")
    assert robot("validate-profile", "--profile", "DL", "--input", damaged, "--output", tmp_path / "profile.txt").returncode != 0


@pytest.mark.parametrize("reasoner", ["HermiT", "ELK"])
def test_the_reasoner_finds_the_closure_coherent(merged, tmp_path, reasoner):
    done = robot("reason", "--reasoner", reasoner, "--equivalent-classes-allowed", "asserted-only", "--input", merged, "--output", tmp_path / "reasoned.ttl")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("reasoner", ["HermiT", "ELK"])
def test_the_reasoner_refuses_an_unsatisfiable_class(merged, tmp_path, reasoner):
    damaged = tmp_path / "damaged.ttl"
    clash = "\n<https://w3id.org/tropico-kg/ontology#Passage> <http://www.w3.org/2000/01/rdf-schema#subClassOf> <https://w3id.org/tropico-kg/ontology#Case> .\n"
    damaged.write_text(merged.read_text(encoding="utf-8") + clash, encoding="utf-8")
    assert robot("reason", "--reasoner", reasoner, "--input", damaged, "--output", tmp_path / "reasoned.ttl").returncode != 0


@pytest.fixture(scope="module")
def saved(tmp_path_factory) -> dict[Path, Path]:
    """Every ontology file and what the OWL API makes of it by opening and saving it, all in one start of Java."""
    folder = tmp_path_factory.mktemp("saved")
    pairs = {path: folder / f"{number}.ttl" for number, path in enumerate(sorted(ROOT.parent.rglob("*.ttl")))}
    catalog = [f"{iri}={path}" for iri, path in ontology.modules().items()]
    files = [str(each) for pair in pairs.items() for each in pair]
    command = [str(ontology.find_java()), "-cp", f"{JARS}/*", str(ROUND_TRIP), *catalog, "--", *files]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return pairs


def test_a_file_saved_by_the_owl_api_without_an_edit_has_no_diff_after_the_canonical_writer(saved):
    assert len(saved) >= 20
    raw = [path for path, out in saved.items() if path.read_text(encoding="utf-8") != out.read_text(encoding="utf-8")]
    assert len(raw) == len(saved), "the OWL API writes in its own way, or this test proves nothing"
    assert not [path for path, out in saved.items() if canonical.canonical(out) != path.read_text(encoding="utf-8")]


def test_one_edited_definition_is_a_diff_of_one_line(saved):
    path, out = next((p, o) for p, o in saved.items() if p.name == "core.ttl")
    text = out.read_text(encoding="utf-8")
    assert text.count("A finding that gives one construct one rating.") == 1
    out.write_text(text.replace("gives one construct one rating", "gives just one construct one rating"), encoding="utf-8")
    before, after = (t.splitlines() for t in (path.read_text(encoding="utf-8"), canonical.canonical(out)))
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1
