"""Every check of the gate passes on the shipped files, having looked at something, and catches its seeded faults.

A seeded fault is a file of tests/faults: the check, the file it is put into, the edit (`find` and `replace`, `append`,
or `delete`; `all` where the text stands there more than once), and fragments that the fault's sentence must hold.
`alone` is for a fault after which the reasoner can say nothing else.
"""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rdflib import Graph

from graph import ontology, resources
from graph.checks import CHECKS, FAMILIES, Outcome, Tree, run
from graph.checks.pitfalls import PITFALLS
from graph.checks.releases import terms_as_csv
from graph.checks.robot import RULES
from graph.checks.tree import FOLDERS, graph_of
from graph.formats import Document, read
from graph.prefixes import TROP

FILES = sorted((Path(__file__).parent / "faults").glob("*.json"))
FAULTS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FILES}
NUMBERS = sorted(CHECKS)
BY_FILES = [number for number in NUMBERS if not CHECKS[number].reasoner]
BY_REASONER = [number for number in NUMBERS if CHECKS[number].reasoner]
ALONE = [name for name, each in FAULTS.items() if each.get("alone")]
TOGETHER = [name for name, each in FAULTS.items() if each["check"] in BY_REASONER and name not in ALONE]

_READ: dict[tuple[str, bytes], Document] = {}
_GRAPHS: dict[tuple[int, ...], Graph] = {}


class Kept(Tree):
    """A tree that reads a file anew only where its bytes are new, and makes a graph anew only of files that are."""

    def read(self, path: Path) -> Document:
        key = (str(path), path.read_bytes())
        if key not in _READ:
            _READ[key] = read(path)
        return _READ[key]

    @property
    def data_graph(self) -> Graph:
        return self._graph(self.data_documents)

    @property
    def shapes_graph(self) -> Graph:
        return self._graph(self.shape_documents)

    @property
    def terms_graph(self) -> Graph:
        return self._graph(self.modules)

    def _graph(self, documents: tuple[Document, ...]) -> Graph:
        key = tuple(map(id, documents))
        if key not in _GRAPHS:
            _GRAPHS[key] = graph_of(triple for each in documents for triple in each.triples)
        return _GRAPHS[key]


def copied(top: Path) -> Path:
    for name in FOLDERS:
        shutil.copytree(resources.folder(name), top / name)
    return top


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """A copy of the four folders; whoever edits a file of it puts it back."""
    return copied(tmp_path_factory.mktemp("tree"))


@pytest.fixture(scope="module")
def untouched() -> Tree:
    """The shipped files; checks share what they read of them."""
    return Tree.packaged()


@pytest.fixture(scope="module")
def java() -> None:
    if ontology.find_compiler() is None:
        pytest.skip("not run: no Java that compiles; install a JDK 11 or newer")


def outcome(tree: Tree, number: int) -> Outcome:
    (only,) = run(tree, True, [number])
    return only


def sow(top: Path, fault: dict[str, Any]) -> None:
    """Put a fault into the files below `top`."""
    path = top / fault["file"]
    if fault.get("delete"):
        path.unlink()
        return
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    if "find" in fault:
        number = text.count(fault["find"])
        assert number == 1 or (number and fault.get("all")), f"{number} times in {path.name}: {fault['find']}"
        text = text.replace(fault["find"], fault["replace"])
    path.write_text(text + fault.get("append", ""), encoding="utf-8")


def assert_caught(found: Outcome, expected: list[str]) -> None:
    assert found.failed, found
    assert [text for text in found.faults if all(each in text for each in expected)], (expected, found.faults)


# --- the shipped files ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", BY_FILES)
def test_a_check_passes_on_the_shipped_files_and_has_looked(untouched, number):
    found = outcome(untouched, number)
    assert found.passed, "\n".join(found.faults)
    assert found.looked_at > 10
    assert found.unit


@pytest.mark.parametrize("number", BY_REASONER)
def test_a_check_by_the_reasoner_passes_on_the_shipped_files(java, untouched, number):
    found = outcome(untouched, number)
    assert found.passed, found.not_run or "\n".join(found.faults)
    assert found.looked_at > 10


def test_resolving_imports_opens_no_socket(monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert outcome(Tree.packaged(), 4).passed
    with pytest.raises(AssertionError, match="socket"):
        socket.create_connection(("127.0.0.1", 9), timeout=0.1)


def test_the_list_of_terms_names_every_term_with_its_kind(untouched):
    lines = terms_as_csv(untouched).splitlines()
    assert len(lines) == len(untouched.terms) + 1
    assert {"trop:Case,class", "trop:hasEvidence,object property", "trop:ownCoinage,individual"} <= set(lines)


# --- seeded faults ----------------------------------------------------------------------------------------------------


def test_every_check_pitfall_and_rule_has_a_seeded_fault():
    assert {fault["check"] for fault in FAULTS.values()} == set(CHECKS)
    assert not [code for code in PITFALLS if not any(name.startswith(f"15-{code.lower()}-") for name in FAULTS)]
    assert not [rule for rule in RULES if not any(name.startswith(f"16-{rule}-") for name in FAULTS)]
    assert all(fault["expect"] and name.startswith(f"{fault['check']:02}-") for name, fault in FAULTS.items())


@pytest.fixture
def sown(copy, request) -> Iterator[tuple[Tree, dict[str, Any]]]:
    """A tree with the fault that the test's parameter names, and the fault; it is taken out again afterwards."""
    fault = FAULTS[request.param]
    path = copy / fault["file"]
    before = path.read_bytes() if path.exists() else None
    sow(copy, fault)
    yield Kept.at(copy), fault
    path.unlink(missing_ok=True)
    if before is not None:
        path.write_bytes(before)


@pytest.mark.parametrize("sown", [name for name, each in FAULTS.items() if each["check"] in BY_FILES], indirect=True)
def test_a_seeded_fault_is_caught(sown):
    tree, fault = sown
    assert_caught(outcome(tree, fault["check"]), fault["expect"])


@pytest.fixture(scope="module")
def sown_together(java, tmp_path_factory) -> Tree:
    """One tree with all faults that leave it consistent, so that Java starts once for all of them."""
    top = copied(tmp_path_factory.mktemp("together"))
    for name in TOGETHER:
        sow(top, FAULTS[name])
    return Tree.at(top)


@pytest.mark.parametrize("name", TOGETHER)
def test_a_seeded_fault_is_caught_by_the_reasoner(sown_together, name):
    assert_caught(outcome(sown_together, FAULTS[name]["check"]), FAULTS[name]["expect"])


@pytest.mark.parametrize("sown", ALONE, indirect=True)
def test_a_clash_is_caught_by_the_reasoner(java, sown):
    tree, fault = sown
    assert_caught(outcome(tree, fault["check"]), fault["expect"])
    assert all(outcome(tree, number).failed for number in (8, 9))


# --- never green on nothing -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("folders", [True, False])
def test_a_check_never_passes_on_nothing(tmp_path, number, folders):
    for name in FOLDERS if folders else ():
        (tmp_path / name).mkdir()
    found = outcome(Tree.at(tmp_path), number)
    assert found.failed
    assert found.faults or found.looked_at == 0


@pytest.fixture(scope="module")
def unreadable(tmp_path_factory) -> Tree:
    """A tree in which a file of each kind is no Turtle."""
    top = copied(tmp_path_factory.mktemp("unreadable"))
    for name in ("ontology/core.ttl", "ontology/external.ttl", "shapes/cases.ttl", "data/agents.ttl"):
        (top / name).write_text("not Turtle", encoding="utf-8")
    return Tree.at(top)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_file_that_cannot_be_read_is_a_fault_and_no_crash(unreadable, number):
    found = outcome(unreadable, number)
    assert found.failed
    assert [text for text in found.faults if ".ttl" in text], found.faults


def test_what_was_not_asked_for_is_not_run_and_neither_passed_nor_failed(untouched):
    found = run(untouched, False, BY_REASONER)
    assert [each.number for each in found] == BY_REASONER
    assert all("--reasoner" in each.not_run for each in found)
    assert not [each for each in found if each.passed or each.failed]


def test_without_java_the_remedy_is_named(monkeypatch):
    monkeypatch.setattr(ontology, "find_java", lambda: None)
    monkeypatch.setattr(ontology, "find_compiler", lambda: None)
    found = run(Tree.packaged(), True, BY_REASONER)
    assert all("not run" in each.not_run and "install" in each.not_run for each in found)
    assert not [each for each in found if each.passed or each.failed]


def test_with_a_java_that_does_not_compile_consistency_is_checked_all_the_same(monkeypatch):
    said = ontology.Classification(True, (TROP.Case,), {TROP.DriverFinding: frozenset({TROP.ownCoinage})})
    monkeypatch.setattr(ontology, "find_compiler", lambda: None)
    monkeypatch.setattr(ontology, "classify", lambda _: said)
    found = {each.number: each for each in run(Tree.packaged(), True, BY_REASONER)}
    assert "trop:Case can have no member" in found[7].faults[0]
    assert any("trop:ownCoinage is a trop:DriverFinding to the reasoner" in each for each in found[9].faults)
    assert all("JDK" in found[number].not_run for number in (5, 6, 8))


def test_the_families_register_every_check_under_a_name_of_its_own():
    assert len(CHECKS) == 26
    assert len({each.name for each in CHECKS.values()}) == len(CHECKS)
    assert {each.function.__module__ for each in CHECKS.values()} <= {family.__name__ for family in FAMILIES}
