"""The template for a researcher's own case: valid as it stands, and answered by the same questions beside the shipped cases."""

from __future__ import annotations

from pathlib import Path

import pytest
from rdflib import URIRef

from graph import asking, build, questions
from graph.embedded import ScratchStore
from graph.errors import DataError
from graph.settings import Settings

TOP = Path(__file__).resolve().parent.parent
TEMPLATE = TOP / "docs/templates/case.ttl"
MY = "https://example.org/my-study/"


@pytest.fixture(scope="module")
def settings(tmp_path_factory) -> Settings:
    return Settings(cache=tmp_path_factory.mktemp("cache"))


def column(answer, name: str) -> list:
    return [row[answer.table.columns.index(name)] for row in answer.table.rows]


def test_the_template_is_built_and_its_study_is_named_in_its_row_beside_the_shipped_cases(settings):
    known = questions.load()
    with ScratchStore() as store:
        build.build(store, [TEMPLATE], settings=settings)
        answer = asking.ask(store, known["cq-02"], {"construct": "concept/tropico/leadership"})
        rows = dict(zip(column(answer, "case"), column(answer, "study"), strict=True))
        assert rows[URIRef(MY + "case")] == URIRef(MY + "study") and len(rows) > 2
        assert URIRef(MY + "case") in column(asking.ask(store, known["cq-43"], {}), "case")


def test_a_fault_in_a_copy_is_named_with_its_line_and_nothing_is_loaded(settings, tmp_path):
    text = TEMPLATE.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if "trop:hasEvidence my:passage-board" not in line]
    copy = tmp_path / "my-case.ttl"
    copy.write_text("\n".join(lines), encoding="utf-8")
    with ScratchStore() as store:
        with pytest.raises(DataError) as refused:
            build.build(store, [copy], settings=settings)
        told = [each.as_text() for each in refused.value.report.results]
        line = lines.index("my:finding-central-coordinator") + 1
        assert any(each.startswith(f"{copy}:{line}: ") and "trop:hasEvidence" in each for each in told)
        assert not store.graphs()
