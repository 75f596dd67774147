"""Everything that can be set, with its default, its unit and its allowed range."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from graph.errors import UsageError

_PREFIX = "TROPICO_"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_LOGS = ("off", "info", "debug")


def _user_cache() -> Path | None:
    """Return this user's cache folder for the project, or None where there is no home (a bare service account)."""
    home = Path(os.path.expanduser("~"))
    if not home.is_absolute():
        return None
    if sys.platform == "win32":
        parent = os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local"
    elif sys.platform == "darwin":
        parent = home / "Library" / "Caches"
    else:
        parent = os.environ.get("XDG_CACHE_HOME") or home / ".cache"
    return Path(parent) / "tropico-kg"


def _between(default: float, least: float, most: float, unit: str = "") -> Any:
    """Declare a number with its allowed range; the range is part of every message about it."""
    return field(default=default, metadata={"least": least, "most": most, "unit": unit})


@dataclass(frozen=True)
class Settings:
    """The settings of one run. Raises UsageError that names the setting, the value and what is allowed.

    `host`, `port`: where `serve` listens (port 0: any free one). `base_url`: the public root the app stands at,
    without a slash at its end; "" is the app's own root. `hosts`: the host names that are answered, with commas
    between them; "" stands for this machine's own names and that of `base_url`, "*" for any. `log`: "off", "info" or
    "debug". `store`: folder of the store on disk; None is a temporary one. `endpoint` (and `update_endpoint`, to
    write): a SPARQL server that holds the store instead, with the credentials `endpoint_user` and
    `endpoint_password`. `query_timeout` and `upload_timeout` in seconds; `max_query_bytes`, `max_rows`,
    `max_result_bytes`, `max_upload_bytes`: limits on what strangers ask and send. `workers`: processes that work for
    strangers, each with `worker_memory` bytes of address space. `client_queries`: how many of one client's queries
    run at once, and `client_seconds`: how many seconds of work a client may ask for in a minute. `services`: the
    addresses, with blanks between them, that a query may call by SERVICE; "" is none. `kept_bytes`: how many bytes of
    answers are kept in memory to be given again. `cors`: whether pages from elsewhere may read the answers ("on" or
    "off"). `cache`: folder for what may be forgotten; None is none.
    """

    host: str = "127.0.0.1"
    port: int = _between(8000, 0, 65_535)
    base_url: str = ""
    hosts: str = ""
    log: str = "off"
    store: Path | None = None
    endpoint: str = ""
    update_endpoint: str = ""
    endpoint_user: str = field(default="", repr=False)
    endpoint_password: str = field(default="", repr=False)
    query_timeout: float = _between(10.0, 0.01, 3600, "seconds")
    max_query_bytes: int = _between(65_536, 1, 100_000_000, "bytes")
    max_rows: int = _between(100_000, 1, 1_000_000_000, "rows")
    max_result_bytes: int = _between(50_000_000, 1, 100_000_000_000, "bytes")
    max_upload_bytes: int = _between(10_000_000, 1, 10_000_000_000, "bytes")
    upload_timeout: float = _between(30.0, 0.01, 3600, "seconds")
    workers: int = _between(4, 1, 64, "processes")
    worker_memory: int = _between(2_000_000_000, 1_000_000_000, 1_000_000_000_000, "bytes")
    client_queries: int = _between(2, 1, 1000, "queries")
    client_seconds: float = _between(30.0, 0.1, 3600, "seconds")
    kept_bytes: int = _between(50_000_000, 0, 100_000_000_000, "bytes")
    services: str = ""
    cors: bool = True
    cache: Path | None = field(default_factory=_user_cache)

    def __post_init__(self) -> None:
        for name in _KINDS:
            object.__setattr__(self, name, _checked(name, name, getattr(self, name)))
        if self.endpoint and self.store is not None:
            raise UsageError("A store is either a folder or an endpoint; give --store (TROPICO_STORE) or --endpoint.")
        if self.update_endpoint and not self.endpoint:
            raise UsageError("There is an --update-endpoint (TROPICO_UPDATE_ENDPOINT) but no --endpoint; give both.")

    @property
    def allowed_hosts(self) -> frozenset[str] | None:
        """Return the host names that are answered, None for any: where nothing is said and `host` is not loopback.

        Who listens to a whole network does not know all the names this machine has in it.
        """
        if self.hosts == "*" or not self.hosts and self.host not in _LOOPBACK:
            return None
        named = self.hosts.split(",") if self.hosts else [*_LOOPBACK, urlsplit(self.base_url).hostname or ""]
        return frozenset(each.strip().lower() for each in named if each.strip())

    @property
    def allowed_services(self) -> frozenset[str]:
        """Return the addresses that a query may call."""
        return frozenset(self.services.split())

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ, **overrides: object) -> Settings:
        """Build settings from TROPICO_<FIELD> variables; `overrides` win, and an override of None is not given.

        An empty variable counts as not set. Raises UsageError for a value outside what is allowed and for a TROPICO_
        variable that is no setting (a misspelt limit must not be a limit that is silently off).
        """
        values: dict[str, Any] = {}
        for key, text in environ.items():
            if key.startswith(_PREFIX) and text:
                name = _field_of(key)
                values[name] = _checked(key, name, text)
        given = {name: value for name, value in overrides.items() if value is not None}
        if any(name in given for name in _PLACES):  # the environment's place is another one
            values = {name: value for name, value in values.items() if name not in _PLACES}
        values.update(given)
        return cls(**values)


_PLACES = ("store", "endpoint", "update_endpoint")
_KINDS = {f.name: f for f in fields(Settings)}


def _field_of(key: str) -> str:
    name = key.removeprefix(_PREFIX).lower()
    if name in _KINDS:
        return name
    known = [_PREFIX + each.upper() for each in _KINDS]
    close = difflib.get_close_matches(key, known, n=1)
    hint = f"did you mean {close[0]}?" if close else f"the settings are {', '.join(known)}."
    raise UsageError(f"There is no setting {key}; {hint}")


def _checked(key: str, name: str, value: object) -> object:
    """Turn `value` of the setting `name`, known to the user as `key`, into its type and check it."""
    if "least" in _KINDS[name].metadata:
        return _number(key, name, value)
    if name == "cors":
        return _switch(key, value)
    if name in ("store", "cache"):
        return None if value is None else Path(str(value)).expanduser()
    checks = {
        "base_url": _base_url, "hosts": _hosts, "log": _log, "host": _host, "endpoint": _endpoint,
        "update_endpoint": _endpoint, "endpoint_user": _credential, "endpoint_password": _credential,
        "services": _services,
    }
    return checks[name](key, str(value))


def _number(key: str, name: str, value: object) -> float:
    declared = _KINDS[name]
    least, most = declared.metadata["least"], declared.metadata["most"]
    kind = float if isinstance(declared.default, float) else int
    try:
        number = kind(str(value))
    except ValueError:
        number = None
    if number is None or not least <= number <= most:
        what = "a number" if kind is float else "a whole number"
        allowed = f"{what} of {declared.metadata['unit']}".removesuffix(" of ")
        raise UsageError(f"{key} is {str(value)!r}; it must be {allowed} from {least} to {most}.")
    return number


def _switch(key: str, value: object) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() not in ("on", "off"):
        raise UsageError(f"{key} is {str(value)!r}; it must be on or off.")
    return str(value).lower() == "on"


def _host(key: str, value: str) -> str:
    if not value or any(each.isspace() or each in "/?#@" for each in value):
        raise UsageError(f"{key} is {value!r}; it must be a host name or an address such as 127.0.0.1.")
    return value


def _hosts(key: str, value: str) -> str:
    for each in filter(None, (part.strip() for part in value.split(","))):
        if each != "*" and any(sign.isspace() or sign in "/?#@*[]" for sign in each):
            raise UsageError(f"{key} is {value!r}; it must be host names without ports such as kg.example.org, or *.")
    return value.strip()


def _log(key: str, value: str) -> str:
    if value.lower() not in _LOGS:
        raise UsageError(f"{key} is {value!r}; it must be one of {', '.join(_LOGS)}.")
    return value.lower()


def _base_url(key: str, value: str) -> str:
    problem = f"{key} is {value!r}; it must be empty or the http(s) address the app stands at, such as https://example.org/kg."
    try:
        parts = urlsplit(value)
    except ValueError:
        raise UsageError(problem) from None
    if value and (parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment):
        raise UsageError(problem)
    return value.rstrip("/")


def _services(key: str, value: str) -> str:
    """Check each address of a list with blanks between them."""
    return " ".join(_endpoint(key, each) for each in value.split())


def _endpoint(key: str, value: str) -> str:
    try:
        parts = urlsplit(value)
        port_is_one = parts.port is None or parts.port > 0
    except ValueError:
        parts, port_is_one = urlsplit(""), False
    if value and "@" in parts.netloc:  # not shown: what stands before it is a password
        raise UsageError(
            f"{key} holds credentials; take them out and set TROPICO_ENDPOINT_USER and TROPICO_ENDPOINT_PASSWORD."
        )
    fits = parts.scheme in ("http", "https") and parts.hostname and port_is_one and not parts.fragment
    if value and (not fits or any(each.isspace() or not each.isprintable() for each in value)):
        raise UsageError(
            f"{key} is {value!r}; it must be the http(s) address of a SPARQL server, such as http://127.0.0.1:7878/query."
        )
    return value


def _credential(key: str, value: str) -> str:
    if not value.isprintable():
        raise UsageError(f"{key} holds a character that cannot be sent; write it in one line of plain text.")
    return value
