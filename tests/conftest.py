"""Fixtures that several tests share: a store of each engine, and settings that touch nothing outside the test's
folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import pytest
from engine_servers import SERVERS, NotHere, Server
from server_double import Engine, listening

from graph.embedded import EmbeddedStore, ScratchStore
from graph.remote import RemoteStore
from graph.settings import Settings
from graph.store import Store


@contextmanager
def _remote(_folder: Path) -> Iterator[Store]:
    with listening(Engine()) as url, RemoteStore(f"{url}/query", f"{url}/update", Settings(cache=None)) as opened:
        yield opened


# one line per engine: every test that takes `store` runs on each
ENGINES: dict[str, Callable[[Path], AbstractContextManager[Store]]] = {
    "embedded": lambda folder: EmbeddedStore(folder / "store"),
    "scratch": lambda folder: ScratchStore(),
    "remote": _remote,
}


@pytest.fixture(params=ENGINES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store, of each engine in turn."""
    with ENGINES[request.param](tmp_path) as opened:
        yield opened


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings whose store and cache lie in the test's own folder."""
    return Settings(store=tmp_path / "store", cache=tmp_path / "cache")


@pytest.fixture(scope="session", params=SERVERS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Server]]:
    """Each server of another maker in turn, running; its tests are skipped, with the reason, where it is not here."""
    with ExitStack() as stack:
        try:
            running = stack.enter_context(SERVERS[request.param](tmp_path_factory.mktemp("engine") / "server"))
        except NotHere as missing:
            pytest.skip(f"not run: {request.param} ({missing})")
        yield request.param, running
