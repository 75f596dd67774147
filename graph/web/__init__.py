"""The web: what all its pages share, reached through `site()`.

A data IRI `https://w3id.org/tropico-kg/X` is shown as a link to the app's own `X`, wherever the app stands; the data
itself never changes with the address.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from flask import Response, current_app, request

from graph import build, export, prefixes, questions
from graph.formats import Format
from graph.settings import Settings
from graph.store import Store

EXTENSION = "tropico-kg"
_KEPT = 20_000_000  # bytes of a dump
_OWN = re.compile(r"(?:id|concept|graph)/.|ontology(?:[#/].|$)")


@dataclass
class Site:
    """What the app was wired with, and what it remembers of one build."""

    settings: Settings
    store: Store
    questions: Mapping[str, questions.Question]
    identity: build.Identity
    graphs: Mapping[str, int]
    _choices: dict[tuple[str, str, str], list[questions.Choice]] = field(default_factory=dict)
    _dumps: dict[tuple[str, str], bytes] = field(default_factory=dict)

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

    def dump(self, fmt: Format) -> bytes:
        """Return the whole store in `fmt`, written once per build unless it is too large to be kept."""
        key = (self.identity.digest, fmt.key)
        written = self._dumps.get(key) or export.dump(self.store, fmt)
        if len(written) <= _KEPT:
            self._dumps[key] = written
        return written


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


def tagged(response: Response, variant: str) -> Response:
    """Give `response` the ETag of this build and `variant` (what tells its bytes from others of the build)."""
    identity = site().identity
    response.set_etag(f"{identity.digest.removeprefix('sha256:')[:32]}-{identity.version}-{variant}")
    response.headers["Cache-Control"] = "no-cache"
    response.make_conditional(request)
    response.headers.pop("Date", None)  # the server's to write
    return response
