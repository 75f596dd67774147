"""The protocol's suite on this project's endpoint with its store on real servers: run by `make test-engines`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import test_protocol
from engine_servers import Server
from test_protocol import Client, client_of

from graph.remote import RemoteStore
from graph.settings import Settings

pytestmark = [
    pytest.mark.engines,
    pytest.mark.skipif(bool(test_protocol.OTHER), reason="PROTOCOL_ENDPOINT names another endpoint to try"),
]

_COPIED = {name: test for name, test in vars(test_protocol).items() if name.startswith("test_") and "private" not in name}
globals().update(_COPIED)

# several default graphs that share a statement are refused where the server does not merge them
_NOT_MERGED = (
    "get_two_default_graphs_are_merged",
    "post_form_two_default_graphs_are_merged",
    "post_direct_two_default_graphs_are_merged",
    "merged_default_graphs_count_a_shared_triple_once",
    "merged_default_graphs_beside_a_named_one",
)
_DEVIATIONS: dict[str, tuple[str, ...]] = {"Oxigraph": _NOT_MERGED, "Fuseki": (), "Virtuoso": _NOT_MERGED}


@pytest.fixture(scope="module")
def filled(server: tuple[str, Server]) -> Iterator[tuple[str, Client]]:
    """The endpoint on a server that holds the suite's data and nothing else."""
    name, running = server
    with RemoteStore(running.query_url, running.update_url, Settings(cache=None, query_timeout=60)) as store:
        store.replace({graph: () for graph in store.graphs()})
        yield name, client_of(store)


@pytest.fixture
def client(request: pytest.FixtureRequest, filled: tuple[str, Client]) -> Client:
    """The endpoint; a request that a server is known to answer otherwise must be refused, and no other."""
    server, asked = filled
    if any(request.node.name.endswith(f"-{each}]") for each in _DEVIATIONS[server]):
        request.applymarker(pytest.mark.xfail(strict=True, reason="does not merge", raises=AssertionError))
    return asked


def test_the_suite_is_whole() -> None:
    cases = (test_protocol.ANSWERED, test_protocol.NEGOTIATED, test_protocol.REFUSED)
    assert len(_COPIED) >= 10 and sum(map(len, cases)) >= 60
    assert set(_NOT_MERGED) < set(test_protocol.ANSWERED)
