"""One client cannot use up what all have; what counts is the work its queries cause."""

from __future__ import annotations

import threading

import pytest
from small_world import small_store

import app as wiring
from graph import guard, jobs
from graph.errors import TooManyRequests
from graph.settings import Settings
from graph.web import limits
from graph.web.limits import Clients, client


class _Clock:
    """A clock that is set by hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def clients(clock: _Clock) -> Clients:
    return Clients(Settings(cache=None, client_queries=2, client_seconds=30.0), clock)


def _cost(clients: Clients, seconds: float, name: str = "a") -> None:
    with clients.admitted(name):
        jobs.spent(seconds)


def test_more_queries_at_once_than_the_limit_are_refused_until_one_ends(clients: Clients) -> None:
    with clients.admitted("a"):
        with clients.admitted("a"):
            with pytest.raises(TooManyRequests, match="2 queries of yours are running"), clients.admitted("a"):
                pass
            with clients.admitted("b"):
                pass
        with clients.admitted("a"):
            pass


def test_the_cost_of_queries_fills_the_bucket_and_time_empties_it(clients: Clients, clock: _Clock) -> None:
    _cost(clients, 25)
    _cost(clients, 10)
    with pytest.raises(TooManyRequests, match="more than 30 seconds in a minute; come again in 11 seconds") as caught:
        _cost(clients, 0)
    assert caught.value.retry_after == 11 and caught.value.status == 429
    _cost(clients, 1, "b")
    clock.now += 9
    with pytest.raises(TooManyRequests):
        _cost(clients, 0)
    clock.now += 2
    _cost(clients, 0)


def test_a_query_that_failed_costs_as_well_and_cheap_ones_cost_something(clients: Clients) -> None:
    with pytest.raises(ZeroDivisionError), clients.admitted("a"):
        jobs.spent(29.9955)
        raise ZeroDivisionError
    for _ in range(5):
        _cost(clients, 0)
    with pytest.raises(TooManyRequests):
        _cost(clients, 0)


def test_a_bucket_holds_no_more_than_its_seconds(clients: Clients, clock: _Clock) -> None:
    _cost(clients, 1)
    clock.now += 100_000
    _cost(clients, 31)
    with pytest.raises(TooManyRequests):
        _cost(clients, 0)


def test_clients_are_forgotten_once_they_are_many(
    clients: Clients, clock: _Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "_MOST_KNOWN", 3)
    _cost(clients, 40, "heavy")
    for number in range(20):
        clock.now += 1
        _cost(clients, 0, f"light {number}")
    assert len(clients._known) <= 4
    with pytest.raises(TooManyRequests):
        _cost(clients, 0, "heavy")


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("here", "here"),
        (None, "unknown"),
    ],
)
def test_a_client_is_an_address_or_the_network_of_one_customer(address: str | None, name: str) -> None:
    assert client(address) == name


def test_over_http_it_is_429_with_the_time_to_wait_and_other_clients_are_served() -> None:
    with small_store() as store:
        app = wiring.create_app(Settings(cache=None, client_seconds=0.1, kept_bytes=0), store).test_client()

        def ask(address: str, **named: str):
            return app.get("/sparql", query_string={"query": "ASK {}"}, environ_overrides={"REMOTE_ADDR": address}, **named)

        found = [ask("192.0.2.1") for _ in range(200)]
        refused = [each for each in found if each.status_code == 429]
        assert refused and found[0].status_code == 200
        assert int(refused[-1].headers["Retry-After"]) >= 1
        assert refused[-1].mimetype == "application/problem+json" and "come again" in refused[-1].json["detail"]
        assert ask("192.0.2.2").status_code == 200


def test_over_http_a_third_query_at_once_is_429(monkeypatch: pytest.MonkeyPatch) -> None:
    both, go_on = threading.Barrier(3), threading.Event()
    answered = guard.answer

    def held(*given: object, **named: object) -> guard.Answer:
        both.wait(5)
        go_on.wait(5)
        return answered(*given, **named)

    with small_store() as store:
        app = wiring.create_app(Settings(cache=None), store)
        monkeypatch.setattr(guard, "answer", held)
        codes: list[int] = []

        def ask() -> None:
            codes.append(app.test_client().get("/sparql", query_string={"query": "ASK {}"}).status_code)

        asking = [threading.Thread(target=ask) for _ in range(2)]
        for each in asking:
            each.start()
        both.wait(5)
        ask()
        go_on.set()
        for each in asking:
            each.join()
    assert codes == [429, 200, 200]
