"""Every link that can be reached from the home page leads somewhere."""

from __future__ import annotations

import html.parser
import urllib.error
import urllib.request
from collections import deque
from urllib.parse import urldefrag, urljoin, urlsplit

_SAMPLE = 60  # addresses of one pattern with different parameters, of which there are endlessly many


class _Links(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, _tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attributes if name in ("href", "src", "xlink:href") and value]


def test_every_link_of_a_crawl_resolves(server: str) -> None:
    waiting, seen, broken, of_a_kind = deque(["/"]), {"/"}, [], {}
    while waiting:
        path = waiting.popleft()
        status, kind, body = _fetched(server + path)
        if status != 200:
            broken.append(f"{status} {path}")
        if kind != "text/html":
            continue
        for link in _links(body, server + path, server):
            pattern = urlsplit(link).path if "?" in link else ""
            of_a_kind[pattern] = of_a_kind.get(pattern, 0) + 1
            if link not in seen and (not pattern or of_a_kind[pattern] <= _SAMPLE):
                seen.add(link)
                waiting.append(link)
    print(f"{len(seen)} addresses")
    assert len(seen) > 300 and broken == []


def _fetched(address: str) -> tuple[int, str, str]:
    request = urllib.request.Request(address, headers={"Accept": "text/html,*/*;q=0.5"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            kind = answer.headers.get_content_type()
            return answer.status, kind, answer.read().decode() if kind == "text/html" else ""
    except urllib.error.HTTPError as error:
        with error:
            return error.code, "", ""


def _links(body: str, page: str, server: str) -> list[str]:
    reader = _Links()
    reader.feed(body)
    whole = (urldefrag(urljoin(page, each)).url for each in reader.found)
    return [each.removeprefix(server) for each in whole if each.startswith(f"{server}/")]
