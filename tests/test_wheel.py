"""The wheel, installed in an empty environment and used from another folder, gives the same answers as the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent
QUESTION = ["ask", "cq-13", "-p", "innovation=concept/innovation/telework", "--format", "csv"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel built from the checkout with the build backend of this environment."""
    out = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(TOP)], check=True, capture_output=True)
    return next(out.glob("*.whl"))


def test_the_wheel_carries_every_file_of_the_content(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    content = [p for folder in ("ontology", "shapes", "queries", "data") for p in (TOP / folder).rglob("*") if p.suffix in {".ttl", ".rq", ".xml"}]
    pages = [p for folder in ("templates", "static") for p in (TOP / "graph/web" / folder).rglob("*") if p.is_file()]
    assert len(content) > 40 and len(pages) > 5
    assert not [p for p in content if f"graph/_data/{p.relative_to(TOP).as_posix()}" not in names]
    assert not [p for p in pages if p.relative_to(TOP).as_posix() not in names]
    assert "app.py" in names


def test_the_installed_wheel_answers_as_the_checkout_does(wheel, tmp_path):
    environment = tmp_path / "venv"
    venv.create(environment, with_pip=False, symlinks=True)
    site = next((environment / "lib").glob("python*/site-packages"))
    zipfile.ZipFile(wheel).extractall(site)
    dependencies = Path(__import__("rdflib").__file__).parent.parent
    (site / "dependencies.pth").write_text(str(dependencies), encoding="utf-8")
    answers = {}
    for name, python, folder in (("wheel", environment / "bin/python", tmp_path), ("checkout", sys.executable, TOP)):
        run = subprocess.run([str(python), "-m", "graph", *QUESTION], cwd=folder, capture_output=True, text=True, check=True,
                             env={**os.environ, "TROPICO_CACHE": str(tmp_path / name)})
        answers[name] = run.stdout
    where = subprocess.run([str(environment / "bin/python"), "-c", "import graph; print(graph.__file__)"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert where.stdout.startswith(str(site)), "the wheel itself must be what was run"
    assert answers["wheel"].count("\n") > 5
    assert answers["wheel"] == answers["checkout"]
