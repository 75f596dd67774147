"""The contract of a store, the questions and the exports on real servers: run by `make test-engines`.

What a server does differently is listed in `_DEVIATIONS`, with the reason, and held to: a deviation that is gone fails
too, so that the list stays true. `docs/operators.md` tells it to operators.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import test_store
from engine_servers import SERVERS, Server
from rdflib import RDFS, Literal, URIRef

from graph import build, export, questions
from graph.embedded import EmbeddedStore
from graph.errors import QueryError, RemoteError, RemoteTimeout
from graph.remote import RemoteStore
from graph.settings import Settings
from graph.staging import CATALOGUE
from graph.store import Store, Table

pytestmark = pytest.mark.engines

# of folders; and one that is marked as failing on the engine of the house
_ELSEWHERE = ("test_open_store_opens_the_folder_of_the_settings", "test_a_query_with_several_from_gets_a_triple_of_both_once")

# the contract, test by test, here with `store` on a real server
for _name, _test in vars(test_store).items():
    if _name.startswith("test_") and _name not in _ELSEWHERE:
        globals()[_name] = _test
filled, three = test_store.filled, test_store.three


def test_several_from_are_merged(filled: Store) -> None:
    one, two = filled.graphs()
    filled.replace({two: [row for row in filled.construct(f"CONSTRUCT FROM <{one}> WHERE {{ ?s ?p ?o }}")]})
    assert len(filled.select(f"SELECT ?s FROM <{one}> FROM <{two}> {{ ?s ?p ?o }}").rows) == 1

_NOT_MERGED = dict.fromkeys(
    ("several_from", "names[12--1", "names[12-13-1"),
    (QueryError, "several default graphs are not merged, and refused where they share a statement"),
)
_Deviation = tuple[type[Exception], str]  # how it ends, and why
_DEVIATIONS: dict[str, dict[str, _Deviation]] = {
    "Oxigraph": {**_NOT_MERGED},
    "Fuseki": {"test_construct_and_describe": (RemoteError, "a literal is made a subject, and the answer is refused as no N-Triples")},
    "Virtuoso": {
        **_NOT_MERGED,
        "test_construct_and_describe": (RemoteError, "a literal as a subject is an error of the server"),
        "test_the_words_of_a_text": (QueryError, "a literal that is not of its datatype is refused"),
        "test_a_stream_comes_in_pieces": (RemoteTimeout, "the answer is worked out whole before its first byte"),
        "test_a_graph_given_without": (AssertionError, "GRAPH ?g {} finds no names"),
    },
}


@pytest.fixture
def store(request: pytest.FixtureRequest, server: tuple[str, Server]) -> Iterator[Store]:
    """An empty store on the server."""
    name, running = server
    case = request.node.name.replace(f"{name}-", "").replace(f"[{name}]", "")
    deviation = next((each for part, each in _DEVIATIONS[name].items() if part in case), None)
    if deviation is not None:
        request.applymarker(pytest.mark.xfail(strict=True, raises=deviation[0], reason=deviation[1]))
    settings = Settings(cache=None, query_timeout=15)
    with RemoteStore(running.query_url, running.update_url, settings) as opened:
        opened.replace({graph: () for graph in opened.graphs()})
        yield opened


# -- the whole of the packaged data -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The packaged data in the engine of the house."""
    with EmbeddedStore(tmp_path_factory.mktemp("here") / "store") as opened:
        build.build(opened, settings=Settings(cache=tmp_path_factory.getbasetemp() / "cache"))
        yield opened


@pytest.fixture(scope="session")
def there(server: tuple[str, Server], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Store]]:
    """The packaged data built into a server of its own."""
    name = server[0]
    settings = Settings(cache=tmp_path_factory.getbasetemp() / "cache", query_timeout=60)
    with SERVERS[name](tmp_path_factory.mktemp("whole") / "server") as own:
        with RemoteStore(own.query_url, own.update_url, settings) as opened:
            build.build(opened, settings=settings)
            yield name, opened


_DIFFERENT_ANSWERS: dict[str, dict[str, str]] = {
    "Oxigraph": {},
    "Fuseki": {"cq-07": "Fuseki 5.5 fails with an error of its own (MultiHashProbeTable)"},
    "Virtuoso": {
        "cq-12": "other rows",
        "cq-19": "an error of its own compiler (SQ156)",
        "cq-43": "other counts",
    },
}
_DIFFERENT_EXPORTS = {
    "Fuseki": "TDB2 keeps numbers by value: 70 comes back as another spelling of the same decimal",
}


def _told(table: Table) -> list[tuple]:
    """Return the rows of a table without what SPARQL leaves to the engine: the order of what is equal in rank, the
    order within a concatenation and its language.
    """
    return sorted(tuple("" if cell is None else " ".join(sorted(re.split("; | ", cell))) for cell in row) for row in table.rows)


@pytest.mark.parametrize("name", questions.load())
def test_a_question_has_the_same_answer_on_every_server(here: Store, there: tuple[str, Store], name: str) -> None:
    question = questions.load()[name]
    reason = _DIFFERENT_ANSWERS[there[0]].get(name)
    expected = questions.ask(here, question, {})
    try:
        got = questions.ask(there[1], question, {})
        same = expected.table.columns == got.table.columns and _told(expected.table) == _told(got.table)
    except RemoteError:
        same = False
    assert same == (reason is None), reason
    if same:
        assert got.identity == expected.identity


def test_the_export_is_the_same_on_every_server(here: Store, there: tuple[str, Store]) -> None:
    assert there[1].graphs() == here.graphs()
    reason = _DIFFERENT_EXPORTS.get(there[0])
    for each in export.DUMPS:
        assert (export.dump(here, each) == export.dump(there[1], each)) == (reason is None), each.key


_GRAPH = URIRef("http://graph.example/one")


def _said(text: str) -> list:
    return [(URIRef(f"http://a.example/{n}"), RDFS.label, Literal(text)) for n in range(3_000)]


def _killed(name: str, folder: Path, kill: Callable[[Server, list[str]], None]) -> set[str]:
    """Fill a server, kill it in a second build, start it again; return what is said there, having seen that graph and
    union hold it whole. `kill` is told of each update before it is sent.
    """
    settings = Settings(cache=None, query_timeout=60)
    with SERVERS[name](folder) as first:
        with RemoteStore(first.query_url, first.update_url, settings) as store:
            store.replace({_GRAPH: _said("old")})
            sent, update = [], store._update

            def dying(text: str) -> None:
                sent.append(text)
                kill(first, sent)
                update(text)

            store._update = dying
            with suppress(RemoteError):  # not reached, broken off, or just in time
                store.replace({_GRAPH: _said("new")})
            first.process.wait(20)
    with SERVERS[name](folder) as second:
        with RemoteStore(second.query_url, second.update_url, settings) as store:
            assert store.graphs() == {_GRAPH: 3_000}
            said = "SELECT ?o (COUNT(*) AS ?n) WHERE { %s } GROUP BY ?o"
            rows = store.select(said % "?s ?p ?o").rows
            assert rows == store.select(said % "GRAPH ?g { ?s ?p ?o }").rows and [int(n) for _, n in rows] == [3_000]
            return {str(text) for text, _ in rows}


def test_a_server_killed_while_a_build_is_loaded_serves_the_old_content_when_it_is_back(
    server: tuple[str, Server], tmp_path: Path
) -> None:
    def kill(running: Server, sent: list[str]) -> None:
        if len(sent) == 2:
            running.process.kill()

    assert _killed(server[0], tmp_path / "server", kill) == {"old"}


@pytest.mark.parametrize("milliseconds", [20])
def test_a_server_killed_while_a_build_is_put_in_place_serves_the_old_or_the_new(
    server: tuple[str, Server], tmp_path: Path, milliseconds: int
) -> None:
    def kill(running: Server, sent: list[str]) -> None:
        if str(CATALOGUE) in sent[-1]:
            threading.Timer(milliseconds / 1_000, running.process.kill).start()

    assert len(_killed(server[0], tmp_path / "server", kill)) == 1
