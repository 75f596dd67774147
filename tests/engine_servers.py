"""The three servers that the remote engine is tried on: each started on loopback in a folder of its own, and stopped.

Each is a context manager that gives a place to ask and a place to write; NotHere says in a few words what is missing.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_JARS = Path(__file__).resolve().parent.parent / "build" / "fuseki"
_START_SECONDS = 90


class NotHere(Exception):
    """This machine does not have the server."""


@dataclass(frozen=True)
class Server:
    """A running server; `process` can be killed."""

    query_url: str
    update_url: str
    process: subprocess.Popen


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextmanager
def _running(command: Sequence[str], folder: Path, query_url: str, update_url: str) -> Iterator[Server]:
    folder.mkdir(parents=True, exist_ok=True)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("TROPICO_")}
    with open(folder / "server.log", "ab") as log:
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
    try:
        _wait(process, query_url, folder / "server.log")
        yield Server(query_url, update_url, process)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen, url: str, log: Path) -> None:
    ended = time.monotonic() + _START_SECONDS
    while time.monotonic() < ended and process.poll() is None:
        with suppress(OSError):
            with urllib.request.urlopen(f"{url}?query=ASK%7B%7D", timeout=5):
                return
        time.sleep(0.1)
    raise AssertionError(f"{process.args[0]} did not start: {log.read_text('utf-8', 'replace')[-2_000:]}")


@contextmanager
def oxigraph(folder: Path) -> Iterator[Server]:
    """Oxigraph's own server, on disk."""
    beside = Path(sys.executable).with_name("oxigraph")
    binary = str(beside) if beside.exists() else shutil.which("oxigraph")
    if binary is None:
        raise NotHere("no oxigraph; pip install oxigraph")
    address = f"127.0.0.1:{_free_port()}"
    command = [binary, "serve", "--location", str(folder / "data"), "--bind", address]
    with _running(command, folder, f"http://{address}/query", f"http://{address}/update") as server:
        yield server


@contextmanager
def fuseki(folder: Path) -> Iterator[Server]:
    """Apache Jena Fuseki with TDB2, on disk."""
    java, jars = shutil.which("java"), sorted(_JARS.glob("jena-fuseki-server-*.jar"))
    if java is None:
        raise NotHere("no Java")
    if not jars:
        raise NotHere("no jar; make engines")
    port = _free_port()
    (folder / "data").mkdir(parents=True, exist_ok=True)
    command = [java, "-Xmx1g", "-jar", str(jars[-1]), "--localhost", f"--port={port}", "--update", "--tdb2"]
    url = f"http://127.0.0.1:{port}/kg"
    with _running([*command, f"--loc={folder / 'data'}", "/kg"], folder, f"{url}/query", f"{url}/update") as server:
        yield server


_INI = """
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
[TempDatabase]
DatabaseFile = virtuoso-temp.db
TransactionFile = virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
LiteMode = 0
NumberOfBuffers = 20000
MaxDirtyBuffers = 15000
MaxCheckpointRemap = 2000
DirsAllowed = .
VADInstallDir = .
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = .
[SPARQL]
ResultSetMaxRows = 1000000
MaxQueryExecutionTime = 60
"""
_GRANTS = 'GRANT SPARQL_UPDATE TO "SPARQL"; DB.DBA.RDF_DEFAULT_USER_PERMS_SET (\'nobody\', 7);'


@contextmanager
def virtuoso(folder: Path) -> Iterator[Server]:
    """Virtuoso Open Source, with everybody on this machine allowed to write."""
    binary, isql = shutil.which("virtuoso-t"), shutil.which("isql-vt") or shutil.which("isql")
    if binary is None or isql is None:
        raise NotHere("no virtuoso-t; apt-get install virtuoso-opensource-7-bin")
    sql, http = _free_port(), _free_port()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "virtuoso.ini").write_text(_INI.format(sql=sql, http=http), encoding="ascii")
    url = f"http://127.0.0.1:{http}/sparql"
    command = [binary, "+foreground", "+configfile", "virtuoso.ini"]
    with _running(command, folder, url, url) as server:
        granted = [isql, f"127.0.0.1:{sql}", "dba", "dba", f"EXEC={_GRANTS}"]
        subprocess.run(granted, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT, timeout=60)
        yield server


SERVERS: dict[str, Callable[[Path], object]] = {"Oxigraph": oxigraph, "Fuseki": fuseki, "Virtuoso": virtuoso}
