"""Every link that can be reached from the home page leads somewhere."""

from __future__ import annotations

import html
import re
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urldefrag, urljoin, urlsplit

_AT_ONCE = 4
_LINK = re.compile(r'\s(?:xlink:)?(?:href|src)="([^"]*)"')
_SAMPLE = 60  # addresses of one pattern with different parameters, of which there are endlessly many


def test_every_link_of_a_crawl_resolves(server: str) -> None:
    level, seen, broken, of_a_kind = ["/"], {"/"}, [], Counter()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        while level:
            found = []
            for path, (status, body) in zip(level, pool.map(lambda path: _fetched(server + path), level), strict=True):
                if status != 200:
                    broken.append(f"{status} {path}")
                found += _links(body, server + path, server)
            level = []
            for link in found:
                pattern = urlsplit(link).path if "?" in link else ""
                of_a_kind[pattern] += 1
                if link not in seen and (not pattern or of_a_kind[pattern] <= _SAMPLE):
                    seen.add(link)
                    level.append(link)
    print(f"{len(seen)} addresses")
    assert len(seen) > 5_000 and broken == []


def test_the_crawl_finds_a_seeded_fault(server: str) -> None:
    page = f"{server}/questions"
    links = _links('<a class="x" href="../id/case/no-such&amp;one#top">it</a> <img src="https://elsewhere.example/x">', page, server)
    assert links == ["/id/case/no-such&one"] and _fetched(server + links[0])[0] == 404 and _fetched(page)[0] == 200


def _fetched(address: str) -> tuple[int, str]:
    """Return the status of an answer and, where it is a page, its text."""
    request = urllib.request.Request(address, headers={"Accept": "text/html,*/*;q=0.5"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            data = answer.read()
            return answer.status, data.decode() if answer.headers.get_content_type() == "text/html" else ""
    except urllib.error.HTTPError as error:
        with error:
            return error.code, ""


def _links(body: str, page: str, server: str) -> list[str]:
    whole = (urldefrag(urljoin(page, html.unescape(each))).url for each in set(_LINK.findall(body)))
    return sorted(each.removeprefix(server) for each in whole if each.startswith(f"{server}/"))
