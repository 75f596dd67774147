"""What passes between a client's connection and the app, whoever is slow, long or rude on it."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

network = pytest.importorskip("graph.web.network", reason="not run: uvicorn is not there; pip install 'tropico-kg[serve]'")

_LONGEST = 10_000


@contextmanager
def served(app: Callable, **more: Callable) -> Iterator[int]:
    """Serve a WSGI app on a port of loopback."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    server = network.server(app, _LONGEST, **more)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        server.stop()
        thread.join(20)
        listener.close()
    assert not thread.is_alive()


def echo(environ, start):
    """Tell what came."""
    body = environ["wsgi.input"].read()
    told = {key: value for key, value in environ.items() if isinstance(value, str)} | {"body": body.decode()}
    text = json.dumps(told).encode()
    start("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(text)))])
    return [text]


def asked(port: int, method: str, path: str, body: object = None, headers: dict[str, str] | None = None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def opened(port: int, sent: bytes = b"") -> socket.socket:
    found = socket.create_connection(("127.0.0.1", port), timeout=20)
    found.sendall(sent)
    return found


def until_closed(connection: socket.socket) -> bytes:
    found = b""
    try:
        while piece := connection.recv(65_536):
            found += piece
    except ConnectionResetError:
        pass
    return found


def within(seconds: float, said: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not said() and time.monotonic() < end:
        time.sleep(0.01)
    return said()


def test_what_is_at_hand_is_given_without_a_thread():
    threads = []

    def app(environ, start):
        threads.append(threading.current_thread().name)
        return echo(environ, start)

    def at_hand(environ):
        body = environ["wsgi.input"].read()
        environ["wsgi.input"].seek(0)
        return body == b"known"

    with served(app, at_hand=at_hand) as port:
        texts = [json.loads(asked(port, "POST", "/", body)[1])["body"] for body in (b"new", b"known")]
    assert texts == ["new", "known"] and [each.startswith("answer") for each in threads] == [True, False]


def test_the_app_is_told_what_was_asked():
    with served(echo) as port:
        raw = (b"POST //a%2Fb/%C3%A9%20?q=%26&r=a+b HTTP/1.1\r\nHost: here:1\r\nAccept: text/csv\r\nAccept: */*;q=0.1\r\nX_Evil: 1\r\n"
               b"Content-Type: text/plain\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")  # fmt: skip
        with opened(port, raw) as connection:
            told = json.loads(until_closed(connection).partition(b"\r\n\r\n")[2])
    assert told["PATH_INFO"] == "//a/b/é ".encode().decode("latin-1") and told["QUERY_STRING"] == "q=%26&r=a+b"
    assert (told["REQUEST_METHOD"], told["HTTP_HOST"], told["HTTP_ACCEPT"]) == ("POST", "here:1", "text/csv,*/*;q=0.1")
    assert (told["CONTENT_TYPE"], told["CONTENT_LENGTH"], told["body"]) == ("text/plain", "5", "hello")
    assert told["REMOTE_ADDR"] == "127.0.0.1" and told["SERVER_PORT"] == str(port)
    assert not [name for name in told if "EVIL" in name or "CONNECTION" in name]


@pytest.mark.parametrize("body", [b"", b"short", b"x" * _LONGEST])
def test_a_body_in_chunks_arrives_whole_and_with_its_length(body):
    with served(echo) as port:
        response, text = asked(port, "POST", "/", iter([body[:3], body[3:]]))
    told = json.loads(text)
    assert response.status == 200 and told["body"].encode() == body and told["CONTENT_LENGTH"] == (str(len(body)) if body else "")


def test_of_a_body_that_is_too_long_the_app_is_told_the_length_alone():
    def lengths(environ, start):
        start("413 Content Too Large", [("Content-Length", "0")])
        told.append((int(environ["CONTENT_LENGTH"]), environ["wsgi.input"].read(1)))
        return [b""]

    told: list[tuple[int, bytes]] = []
    with served(lengths) as port:
        with opened(port, f"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {_LONGEST + 1}\r\n\r\nab".encode()) as connection:
            assert until_closed(connection).startswith(b"HTTP/1.1 413 ")
        with opened(port, b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n") as connection:
            connection.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")
            connection.sendall(b"2000\r\n" + b"x" * 8192 + b"\r\n")  # and no end
            assert until_closed(connection).startswith(b"HTTP/1.1 413 ")
    assert told[0] == (_LONGEST + 1, b"") and told[1][0] > _LONGEST


def test_slow_bodies_hold_up_nobody():
    head = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nConnection: close\r\n\r\nab"
    with served(echo) as port:
        slow = [opened(port, head) for _ in range(3 * network._THREADS)]
        assert asked(port, "GET", "/")[0].status == 200
        for each in slow:
            each.sendall(b"cd")
            with each:
                assert b'"body": "abcd"' in until_closed(each)


@pytest.mark.parametrize(("sent", "told"), [
    (b"", b""), (b"GET / HT", b""), (b"GET / HTTP/1.1\r\nA: b\r\n", b""),
    (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nab", b"HTTP/1.1 408 "),
    (b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", b"HTTP/1.1 200 "), (b"GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / H", b"HTTP/1.1 200 "),
])  # fmt: skip
def test_a_client_that_stops_in_the_middle_is_cut_off(monkeypatch, sent, told):
    monkeypatch.setattr(network, "_PATIENCE", 1.0)
    with served(echo) as port, opened(port, sent) as connection:
        found = until_closed(connection)
    assert found.startswith(told) and bool(found) == bool(told)


def test_a_head_that_does_not_end_is_refused():
    head = b"GET / HTTP/1.1\r\nHost: h\r\n" + (b"A: " + b"b" * 4_000 + b"\r\n") * 100
    with served(echo) as port, opened(port, head[: network._LONGEST_HEAD]) as connection:
        connection.sendall(b"b")  # the one that is too many, so that nothing is left unread
        assert connection.recv(100).startswith(b"HTTP/1.1 431 ")


def test_what_is_no_http_is_refused():
    with served(echo) as port, opened(port, b"\x16\x03\x01 nonsense\r\n\r\n") as connection:
        assert until_closed(connection).startswith(b"HTTP/1.1 400 ")


class Endless:
    """An answer without an end, which knows whether it was closed."""

    def __init__(self) -> None:
        self.closed = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield b"x" * 100_000

    def close(self) -> None:
        self.closed.set()


@pytest.mark.parametrize("leaves", [True, False])
def test_the_answer_is_closed_when_its_reader_leaves_or_stops_reading(monkeypatch, leaves):
    monkeypatch.setattr(network, "_PATIENCE", 1.0)
    answer = Endless()

    def app(environ, start):
        start("200 OK", [])
        return answer

    with served(app) as port, opened(port, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n") as connection:
        assert connection.recv(100)
        if leaves:
            connection.close()
        assert answer.closed.wait(20)


def test_an_answer_in_many_pieces_arrives_whole_and_is_closed():
    pieces, closed = [bytes([each]) * 90_000 for each in range(97, 117)], threading.Event()

    class Answer(list):
        def close(self) -> None:
            closed.set()

    def app(environ, start):
        start("200 OK", [("Content-Type", "text/plain")])
        return Answer(pieces)

    with served(app) as port:
        assert asked(port, "GET", "/")[1] == b"".join(pieces)
        assert closed.is_set()
        with opened(port, b"GET / HTTP/1.0\r\n\r\n") as connection:
            head, _, body = until_closed(connection).partition(b"\r\n\r\n")
        assert body == b"".join(pieces) and b"chunked" not in head  # which HTTP/1.0 does not know
        response, nothing = asked(port, "HEAD", "/")
        assert response.status == 200 and nothing == b""


def test_an_answer_that_breaks_off_is_not_taken_for_whole():
    def app(environ, start):
        start("200 OK", [])
        return (b"x" * network._AT_ONCE if each == 0 else 1 // 0 for each in range(2))

    with served(app) as port:
        with pytest.raises(http.client.IncompleteRead):
            asked(port, "GET", "/")


def test_requests_sent_at_once_are_answered_one_after_another():
    two = b"GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
    with served(echo) as port, opened(port, two) as connection:
        found = until_closed(connection)
    assert found.count(b"HTTP/1.1 200 ") == 2 and found.index(b'"/1"') < found.index(b'"/2"')


def test_more_connections_than_there_may_be_are_told_so(monkeypatch):
    monkeypatch.setattr(network, "_CONNECTIONS", 5)
    with served(echo) as port:
        idle = [opened(port) for _ in range(5)]
        assert within(20, lambda: asked(port, "GET", "/")[0].status == 503)
        assert asked(port, "GET", "/")[0].headers["Retry-After"] == "5"
        for each in idle:
            each.close()
        assert within(20, lambda: asked(port, "GET", "/")[0].status == 200)


def test_an_app_that_runs_into_a_time_limit_is_not_its_client_being_slow():
    def app(environ, start):
        raise TimeoutError

    with served(app) as port:
        assert asked(port, "POST", "/", b"whole")[0].status == 500
