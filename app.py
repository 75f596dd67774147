"""The one place that wires settings, store, questions and web; nothing imports it.

    flask --app app run          or          tropico serve
"""

from __future__ import annotations

import errno
import importlib.util
import logging
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial

from flask import Flask, Response, request
from werkzeug.serving import make_server

from graph import build, catalogue, guard, questions
from graph.errors import StoreError, UsageError
from graph.settings import Settings
from graph.store import Store, open_store
from graph.web import EXTENSION, Site, absolute, here, href, is_outside, site
from graph.web import adoption, asking, browse, cases, check, compare, editor, linked_data, marks, operations, pages, problems
from graph.web import propositions, sparql
from graph.web import catalogue as described

_POLICY = (
    "default-src 'self'; img-src 'self' data:; script-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_POLICY_NAME = "Content-Security-Policy"
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Allow, ETag, Link, Location, Retry-After, Tropico-Truncated",
}
_PREFLIGHT = {
    "Access-Control-Allow-Headers": "Accept, Accept-Language, Content-Type, If-None-Match",
    "Access-Control-Max-Age": "86400",
}


def create_app(settings: Settings | None = None, store: Store | None = None) -> Flask:
    """Return the app on `store` (default: the one of `settings`), filled with the packaged data where it is empty.

    Raises what opening and building raise.
    """
    settings = settings or Settings.from_environment()
    store = open_store(settings) if store is None else store
    app = Flask("graph.web")
    app.config["MAX_CONTENT_LENGTH"] = settings.max_upload_bytes
    app.config["MAX_FORM_MEMORY_SIZE"] = settings.max_upload_bytes
    app.json.sort_keys = False
    app.jinja_env.finalize = marks.visible
    app.extensions[EXTENSION] = _site(settings, store)
    for each in (
        pages.bp, asking.bp, cases.bp, compare.bp, browse.bp, adoption.bp, propositions.bp, check.bp,
        described.bp, linked_data.bp, sparql.bp, editor.bp,
    ):
        app.register_blueprint(each)
    problems.register(app)
    operations.register(app, settings)
    app.after_request(_with_headers)
    app.context_processor(lambda: {"site": site(), "here": here, "href": href, "is_outside": is_outside, "absolute": absolute})
    return app


def _site(settings: Settings, store: Store) -> Site:
    if not any(store.graphs().values()):
        build.build(store, settings=settings, describe=catalogue.description)
    identity = build.identity(store)
    if identity is None:
        raise StoreError("The store holds data but no build identity; fill it with 'tropico build'.")
    return Site(settings, store, questions.load(), identity, store.graphs())


def _with_headers(response: Response) -> Response:
    headers = response.headers
    if _POLICY_NAME not in headers:  # a page that has a policy of its own
        headers.add(_POLICY_NAME, _POLICY)
    headers.extend(_HEADERS)
    if site().settings.cors:  # errors too: a page that may not read why is left with nothing
        headers.extend(_CORS)
        if request.method == "OPTIONS":
            headers.extend(_PREFLIGHT)
            headers.add("Access-Control-Allow-Methods", headers.get("Allow", "GET, HEAD, OPTIONS"))
    return response


# -- serving ----------------------------------------------------------------------------------------------------------


class AddressTaken(UsageError):
    """Another program listens at the address."""

    exit_code = 1


def serve(settings: Settings, announce: Callable[[str], None]) -> None:
    """Serve until told to end, or interrupted (KeyboardInterrupt); `announce` gets one line once requests are answered.

    The address is taken before the store is built, so that a port in use is told at once. Raises AddressTaken,
    UsageError for an address this machine does not have, and what `create_app` raises.
    """
    with _bound(settings.host, settings.port) as listener, open_store(settings) as store:
        app = create_app(settings, store)
        listener.listen(128)
        host, port = listener.getsockname()[:2]
        ending = operations.Draining(app.wsgi_app, settings.query_timeout + 1)
        app.wsgi_app = ending  # type: ignore[method-assign]
        signal.signal(signal.SIGTERM, ending.end)
        run, ending.stop = _server(app, listener, settings)
        announce(_announcement(app.extensions[EXTENSION], host, port))
        with closing(guard), suppress(KeyboardInterrupt, SystemExit):  # which are what ends the server; the worker processes end with it
            run()
    if ending.told:
        return
    raise KeyboardInterrupt  # the one thing that ends the server, which keeps it to itself


def _bound(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as problem:
        told = f"{host} is no address of this machine ({problem.strerror}); use --host 127.0.0.1."
        raise UsageError(told) from problem
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as problem:
        listener.close()
        if problem.errno == errno.EADDRINUSE:
            told = f"Port {port} of {host} is in use; stop what uses it or choose another with --port."
            raise AddressTaken(told) from problem
        told = f"{host}:{port} cannot be listened at ({problem.strerror}); choose another --host or --port."
        raise UsageError(told) from problem
    return listener


def _server(app: Flask, listener: socket.socket, settings: Settings) -> tuple[Callable[[], None], Callable[[], object]]:
    """Return what serves until interrupted, and what ends that: uvicorn (the extra `serve`) where it is there, else Flask's own server."""
    if all(map(importlib.util.find_spec, ("uvicorn", "httptools"))):
        from graph.web import network

        uvicorn = network.server(app, settings.max_upload_bytes + 1_000_000, partial(sparql.at_hand, app.extensions[EXTENSION]))
        return partial(uvicorn.run, sockets=[listener]), uvicorn.stop
    server = make_server(*listener.getsockname()[:2], app, threaded=True, fd=listener.fileno())
    server.daemon_threads = True
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # who asked what is nobody's business
    return server.serve_forever, sys.exit


def _announcement(here_: Site, host: str, port: int) -> str:
    name = f"[{host}]" if ":" in host else host
    return (f"Serving the TROPICO Knowledge Graph at http://{name}:{port}/ "
            f"({len(here_.graphs)} graphs, {here_.triples} triples, build {here_.identity.digest[:19]})")
