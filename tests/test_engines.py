"""The contract of a store, the questions and the exports on real servers: run by `make test-engines`.

What a server does differently is listed in `_DEVIATIONS`, with the reason, and held to: a deviation that is gone fails
too, so that the list stays true. `docs/operators.md` tells it to operators.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import test_store
from engine_servers import SERVERS, NotHere, Server
from rdflib import RDFS, Literal, URIRef

from graph import build, export, questions
from graph.embedded import EmbeddedStore
from graph.errors import RemoteError, TropicoError
from graph.remote import RemoteStore
from graph.settings import Settings
from graph.store import Store, Table

pytestmark = pytest.mark.engines

# the contract, test by test, here with `store` on a real server
for _name, _test in vars(test_store).items():
    if _name.startswith("test_") and "open_store" not in _name and "several_from" not in _name:
        globals()[_name] = _test
filled = test_store.filled

_DEVIATIONS: dict[str, dict[str, str]] = {
    "Oxigraph": {},
    "Fuseki": {"test_construct_and_describe": "a literal is made a subject, and the answer is refused as no N-Triples"},
    "Virtuoso": {
        "test_construct_and_describe": "a literal as a subject is an error of the server",
        "test_the_words_of_a_text": "a literal that is not of its datatype is refused",
        "test_a_stream_comes_in_pieces": "the answer is worked out whole before its first byte",
        "test_a_graph_given_without": "GRAPH ?g {} finds no names",
    },
}


@pytest.fixture(scope="session", params=SERVERS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Server]]:
    """Each server in turn, running."""
    with ExitStack() as stack:
        try:
            running = stack.enter_context(SERVERS[request.param](tmp_path_factory.mktemp("engine") / "server"))
        except NotHere as missing:
            pytest.skip(f"not run: {request.param} ({missing})")
        yield request.param, running


@pytest.fixture
def store(request: pytest.FixtureRequest, server: tuple[str, Server]) -> Iterator[Store]:
    """An empty store on the server."""
    name, running = server
    case = request.node.name.replace(f"{name}-", "").replace(f"[{name}]", "")
    reason = next((why for part, why in _DEVIATIONS[name].items() if part in case), None)
    if reason is not None:
        request.applymarker(pytest.mark.xfail(strict=True, reason=reason, raises=(AssertionError, TropicoError, ValueError)))
    settings = Settings(cache=None, query_timeout=60)
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
        "cq-12": "no row",
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


def test_a_server_killed_in_a_build_serves_the_old_content_when_it_is_back(
    server: tuple[str, Server], tmp_path: Path
) -> None:
    name, graph = server[0], URIRef("http://graph.example/one")
    if name == "Virtuoso":
        pytest.skip("not run: whether Virtuoso keeps the old content through a kill has not been established")
    old, new = ([(URIRef(f"http://a.example/{n}"), RDFS.label, Literal(text)) for n in range(3_000)] for text in ("old", "new"))
    with SERVERS[name](tmp_path / "server") as first:
        with RemoteStore(first.query_url, first.update_url, Settings(cache=None)) as store:
            store.replace({graph: old})
            sent, update = [], store._update

            def dying(text: str) -> None:
                sent.append(text)
                if len(sent) == 2:
                    first.process.kill()
                update(text)

            store._update = dying
            with pytest.raises(RemoteError, match="cannot be reached|breaks off"):
                store.replace({graph: new})
    with SERVERS[name](tmp_path / "server") as second:
        with RemoteStore(second.query_url, second.update_url, Settings(cache=None)) as store:
            assert store.graphs() == {graph: 3_000}
            assert store.ask("ASK { ?s ?p 'old' }") and not store.ask("ASK { ?s ?p 'new' }")
