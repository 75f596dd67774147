"""The web: what all its pages share, reached through `site()`.

A data IRI `https://w3id.org/tropico-kg/X` is shown as a link to the app's own `X`, wherever the app stands; the data
itself never changes with the address.
"""

from __future__ import annotations

import hashlib
import logging
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from flask import Response, current_app, request
from rdflib import URIRef

from graph import build, describe, export, prefixes, questions
from graph.errors import TropicoError
from graph.formats import Format
from graph.settings import Settings
from graph.store import Store
from graph.web.latest import Latest

EXTENSION = "tropico-kg"
_KEPT = 20_000_000  # bytes of a dump
_OWN = re.compile(r"(?:id|concept|graph|question|shape)/.|ontology(?:[#/].|$)|dataset$")
_FILES = sorted(each for each in Path(__file__).parent.rglob("*") if each.suffix in (".py", ".html"))
_CODE = hashlib.sha256(b"".join(each.read_bytes() for each in _FILES)).hexdigest()[:8]  # a page is made of these, too
PAGE = Format("html", "text/html", ".html", "Web page", "page")
_CONDITIONS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH")
_ABOUT = "https://schema.org/AboutPage"


@dataclass
class Site:
    """What the app was wired with, and what it remembers of one build."""

    settings: Settings
    store: Store
    questions: Mapping[str, questions.Question]
    identity: build.Identity
    graphs: Mapping[str, int]
    drawn: Latest[bytes] = field(default_factory=Latest)
    answers: Latest[Any] = field(init=False)
    _choices: dict[tuple[str, str, str], list[questions.Choice]] = field(default_factory=dict)
    _dumps: dict[tuple[str, str], bytes] = field(default_factory=dict)
    _kept: dict[tuple[str, str], bytes] = field(default_factory=dict)
    _names: dict[tuple[str, URIRef], str] = field(default_factory=dict)
    _begun: set[tuple[str, str]] = field(default_factory=set)
    _working: threading.RLock = field(default_factory=threading.RLock)  # what takes seconds is made once, not once per client

    def __post_init__(self) -> None:
        self.answers = Latest(self.settings.kept_bytes)

    @property
    def triples(self) -> int:
        """How many statements all graphs hold together."""
        return sum(self.graphs.values())

    def choices(self, question: questions.Question, parameter: questions.Parameter) -> list[questions.Choice]:
        """Return the values that lead to an answer, worked out once per build."""
        key = (self.identity.digest, question.id, parameter.name)
        if key not in self._choices:
            self._choices[key] = questions.choices(self.store, question, parameter)
        return self._choices[key]

    def names(self, things: set[URIRef]) -> dict[URIRef, str]:
        """Return the English name of each of `things`, looked up once per build."""
        digest = self.identity.digest
        new = {each for each in things if (digest, each) not in self._names}
        if new:
            self._names.update({(digest, each): name for each, name in describe.labels(self.store, new).items()})
        return {each: self._names[digest, each] for each in things}

    def dump(self, fmt: Format) -> bytes:
        """Return the whole store in `fmt`, written once per build unless it is too large to be kept."""
        key = (self.identity.digest, fmt.key)
        with self._working:
            written = self._dumps.get(key) or export.dump(self.store, fmt)
            if len(written) <= _KEPT:
                self._dumps[key] = written
        return written

    def kept(self, name: str, make: Callable[[], bytes]) -> bytes:
        """Return what `make` gives, made once per build under `name`."""
        key = (self.identity.digest, name)
        with self._working:
            if key not in self._kept:
                self._kept[key] = make()
            return self._kept[key]


    def kept_soon(self, name: str, make: Callable[[], bytes]) -> bytes | None:
        """Return what is kept under `name`; where nothing is yet, have it made in a thread, once, and return None."""
        key = (self.identity.digest, name)
        if key not in self._kept and key not in self._begun:
            self._begun.add(key)
            threading.Thread(target=self._make_aside, args=(key, make), daemon=True, name="aside").start()
        return self._kept.get(key)

    def _make_aside(self, key: tuple[str, str], make: Callable[[], bytes]) -> None:
        try:
            self._kept[key] = make()
        except TropicoError as error:  # such as a store that is being closed; the next one to ask begins again
            logging.getLogger("tropico").warning("%s was not made: %s", key[1], error)
            self._begun.discard(key)


def site() -> Site:
    """Return the site of the running app."""
    return current_app.extensions[EXTENSION]


def root() -> str:
    """Return where the app stands: the public root of the settings, else the path it is mounted at."""
    return site().settings.base_url or request.script_root


def here(path: str, **parameters: str) -> str:
    """Return the link to `path` ("/questions") of this app with `parameters` as its query string."""
    return f"{root()}{path}" + (f"?{urlencode(parameters)}" if parameters else "")


def href(term: object) -> str | None:
    """Return where a term links to: own IRIs to their page here, http(s) IRIs to themselves, anything else nowhere."""
    text = str(term)
    if text.startswith(prefixes.BASE) and _OWN.match(text.removeprefix(prefixes.BASE)):
        return here("/" + text.removeprefix(prefixes.BASE))
    return text if re.match(r"https?://[^\s<>\"\\]+\Z", text) else None


def is_outside(link: str) -> bool:
    """Say whether a link made by `href` leaves this app."""
    return bool(re.match(r"https?://", link)) and not (root() and link.startswith(root()))


def absolute(path: str) -> str:
    """Return the full address of a path of this app, to be copied."""
    return path if re.match(r"https?://", path) else request.host_url.rstrip("/") + path


def alternates(response: Response, stem: str, offered: Iterable[Format]) -> Response:
    """Name in Link headers the forms in which the thing at `stem` is `offered`."""
    for each in offered:
        response.headers.add("Link", f'<{here(quote(stem) + each.suffix)}>; rel="alternate"; type="{each.media_type}"')
    return response


def signposts(response: Response, iri: str, described_by: str | None = None) -> Response:
    """Tell programs by Link headers (FAIR Signposting) what to cite, under which licence, and where it is described.

    `described_by` is the path of the Turtle that describes a page.
    """
    response.headers.add("Link", f'<{iri}>; rel="cite-as"')
    response.headers.add("Link", f'<{export.LICENCE}>; rel="license"')
    if described_by is not None:
        response.headers.add("Link", f'<{here(quote(described_by))}>; rel="describedby"; type="text/turtle"')
        response.headers.add("Link", f'<{_ABOUT}>; rel="type"')
    return response


def tagged(response: Response, variant: str, *, weak: bool = False) -> Response:
    """Give `response` the ETag of this build and `variant` (what tells its bytes from others of the build).

    A `weak` one is for pages, which may differ in what does not matter, such as how long a query took.
    """
    identity = site().identity
    response.set_etag(f"{identity.digest.removeprefix('sha256:')[:32]}-{identity.version}-{_CODE}-{variant}", weak)
    response.headers["Cache-Control"] = "no-cache"
    if any(name in request.environ for name in _CONDITIONS):
        response.make_conditional(request)
        response.headers.pop("Date", None)  # the server's to write
    return response
