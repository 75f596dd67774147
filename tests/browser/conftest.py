"""A server on the packaged data and a browser in front of it, both started once; every test counts what the pages ask for."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="not run: Playwright is not installed; pip install '.[browser]'")
_CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_TOP = Path(__file__).resolve().parents[2]
AXE = _TOP / "assets" / "node_modules" / "axe-core" / "axe.min.js"


def started(*arguments: str, folder: Path = _TOP) -> tuple[subprocess.Popen[str], str]:
    """Start `tropico serve` with `arguments` and return the process and the address it tells."""
    room = {"TROPICO_CLIENT_SECONDS": "3000", "TROPICO_CLIENT_QUERIES": "8"}
    process = subprocess.Popen(
        [sys.executable, "-m", "graph", "serve", "--port", "0", *arguments], cwd=folder, env=os.environ | room,
        stdout=subprocess.PIPE, text=True,
    )
    line = process.stdout.readline()
    found = re.search(r"http://[^/]+", line)
    assert found, f"the server did not start: {line!r}"
    return process, found[0]


def ended(process: subprocess.Popen[str]) -> None:
    """End a server."""
    process.terminate()
    process.wait(20)
    process.stdout.close()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a server on the packaged data."""
    process, address = started()
    yield address
    ended(process)


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """Debian's Chromium, or another that is there."""
    if _CHROMIUM is None:
        pytest.skip("not run: no Chromium; install the package chromium or set CHROMIUM")
    with playwright.sync_playwright() as made:
        opened = made.chromium.launch(executable_path=_CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def open_page(browser, server) -> Iterator[Callable[..., object]]:
    """Open pages of the server with options of a browser context; at the end, no request has gone to another host and no
    script has failed.
    """
    contexts, elsewhere, faults = [], [], []
    host = urlsplit(server).netloc

    def watched(request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob") and address.netloc != host:
            elsewhere.append(request.url)

    def opened(path: str = "/", **options):
        context = browser.new_context(base_url=server, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("request", watched)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not elsewhere, f"asked of other hosts: {elsewhere}"
    assert not faults, f"a script failed or was refused: {faults}"
