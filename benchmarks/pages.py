"""The page of a question beside the query behind it.

For every packaged question, as it stands and on the packaged data, measures in turn and in one process the query asked of the
embedded store, and the page as the app gives it to a browser. The first view of a page works out which choices have an answer and
is shown apart: it happens once per build.

Prints a Markdown table of medians. The claim that is kept, over the questions in the median: a page takes at most twice the time of
its query and 15 ms.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app import create_app  # noqa: E402
from graph.settings import Settings  # noqa: E402
from graph.web import EXTENSION  # noqa: E402

TIMES, PLUS = 2.0, 15.0  # ms


class Figures(NamedTuple):
    """Milliseconds of one question: its page seen first, then medians of query and page."""

    name: str
    rows: int
    first: float
    query: float
    page: float

    @property
    def allowed(self) -> float:
        """What the claim gives the page."""
        return TIMES * self.query + PLUS


def timed(work: Callable[[], object]) -> float:
    """Milliseconds that `work` takes."""
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) * 1000


def measure(runs: int) -> list[Figures]:
    """The figures of every question, query and page in turn so that a drift of the machine's speed hits both alike."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(store=Path(folder) / "store", cache=Path(folder)))
        site, client = app.extensions[EXTENSION], app.test_client()
        figures = []
        with site.store as store:
            for name, asked in site.questions.items():
                first = timed(lambda: client.get(f"/questions/{name}"))
                pairs = [(timed(lambda: store.select(asked.text)), timed(lambda: client.get(f"/questions/{name}"))) for _ in range(runs)]
                query, page = (statistics.median(each) for each in zip(*pairs, strict=True))
                figures.append(Figures(name, len(store.select(asked.text).rows), first, query, page))
    return figures


def main() -> int:
    """Prints the table; returns 1 when the pages take more than the claim allows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=9)
    figures = measure(parser.parse_args().runs)
    print("| question | rows | query, median ms | page, median ms | allowed ms | first view ms |\n|---|---|---|---|---|---|")
    for each in figures:
        print(f"| {each.name} | {each.rows} | {each.query:.1f} | {each.page:.1f} | {each.allowed:.1f} | {each.first:.0f} |")
    middle = statistics.median(each.page - each.allowed for each in figures)
    over = [each.name for each in figures if each.page > each.allowed]
    held = middle <= 0
    print(f"\n{len(figures)} pages, {len(figures) - len(over)} within {TIMES:g} × query + {PLUS:g} ms"
          f"{', over it: ' + ', '.join(over) if over else ''}; the middle one has {-middle:.1f} ms to spare: {'held' if held else 'NOT HELD'}")
    return 0 if held else 1


if __name__ == "__main__":
    raise SystemExit(main())
