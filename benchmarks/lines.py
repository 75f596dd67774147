"""Lines of the bench: a figure of ours beside a peer's, the claim that is made of the two, and what came of it."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

HELD, NOT_HELD, NOT_RUN, UNDECIDED = "held", "NOT held", "not run", "not decided"
_HEADER = ("what", "triples", "ours", "beside", "theirs", "ratio", "claim", "came of it")


@dataclass(frozen=True)
class Claim:
    """What is claimed: ours is `bound` times *faster* at least, or *at most* that share of theirs, or *at least* that share."""

    kind: Literal["faster", "at most", "at least"]
    bound: float

    def ratio(self, ours: float, theirs: float) -> float:
        """Return the figure the claim is about."""
        return theirs / ours if self.kind == "faster" else ours / theirs

    def holds(self, ratio: float) -> bool:
        """Whether a ratio is within the claim."""
        return ratio <= self.bound if self.kind == "at most" else ratio >= self.bound

    def __str__(self) -> str:
        return f"{self.bound:g} times faster" if self.kind == "faster" else f"{self.kind} {self.bound:g}"


@dataclass(frozen=True)
class Line:
    """One line. `ours` and `theirs` are the figures of all rounds, in `unit`; `peer` says whose theirs are.

    `missing` says why figures are not there. `over` is the time limit in seconds at which a peer was stopped: then its figure is more than
    that. `same` is whether both gave the same answer; None where that was not asked.
    """

    part: str
    what: str
    size: int
    ours: Sequence[float] = ()
    unit: str = "s"
    peer: str = ""
    theirs: Sequence[float] = ()
    claim: Claim | None = None
    over: float | None = None
    missing: str = ""
    same: bool | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """The ratio of the medians, of what the claim is about; where the peer was stopped, of its limit."""
        theirs = statistics.median(self.theirs) if self.theirs else self.over
        if not self.ours or not theirs:
            return None
        kind = "at least" if self.unit.endswith("/s") else "faster"
        ours = statistics.median(self.ours)
        return (self.claim or Claim(kind, 0)).ratio(ours, theirs) if ours else None

    @property
    def verdict(self) -> str:
        """What came of the claim; a line without figures is never held."""
        if self.claim is None:
            return "" if self.ours else f"{NOT_RUN}: {self.missing}"
        if self.ratio is None:
            return f"{NOT_RUN}: {self.missing}"
        if self.same is False:
            return f"{NOT_HELD}: the results differ"
        if self.claim.holds(self.ratio):
            return HELD
        return UNDECIDED if self.over is not None and not self.theirs else NOT_HELD

    def cells(self) -> tuple[str, ...]:
        """Return the cells of the table."""
        stopped = self.over is not None and not self.theirs
        sign = "" if not stopped else "< " if self.claim and self.claim.kind == "at most" else "> "
        ratio = "" if self.ratio is None else f"{sign}{number(self.ratio)}"
        theirs = f"more than {self.over:g} s" if stopped else spread(self.theirs, self.unit)
        if not theirs and self.peer and self.missing:
            theirs = f"not run: {self.missing}" if self.ours else ""
        agreed = {True: "the same results", False: "the results differ", None: ""}[self.same]
        came = "; ".join(dict.fromkeys(each for each in (self.verdict, agreed, self.note) if each))
        return (self.what, f"{self.size:,}", spread(self.ours, self.unit), self.peer, theirs, ratio, str(self.claim or ""), came)


def spread(figures: Sequence[float], unit: str) -> str:
    """Return the median, the range and the number of figures, as text."""
    if not figures:
        return ""
    middle, count = f"{number(statistics.median(figures))} {unit}", len(figures)
    return f"{middle} (n 1)" if count == 1 else f"{middle} ({number(min(figures))}–{number(max(figures))}, n {count})"


def number(figure: float) -> str:
    """Return a figure with three digits that count, or all before the point."""
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.3g}"


def exponent(points: Iterable[tuple[float, float]]) -> float | None:
    """Return the power of the size that figures grow with: the slope by least squares in logarithms; None below two sizes."""
    logs = [(math.log(size), math.log(figure)) for size, figure in points if size > 0 and figure > 0]
    if len({size for size, _ in logs}) < 2:
        return None
    return statistics.linear_regression(*zip(*logs, strict=True)).slope


@dataclass
class Growth:
    """How one figure grows: ours and that of the peer, by size."""

    ours: dict[int, float] = field(default_factory=dict)
    theirs: dict[int, float] = field(default_factory=dict)


def growth(lines: Iterable[Line]) -> dict[tuple[str, str], Growth]:
    """Return the medians by size of each thing measured, by its name and the peer's; ours has one for all peers."""
    found: dict[tuple[str, str], Growth] = {}
    ours: dict[str, dict[int, float]] = {}
    for line in lines:
        each = found.setdefault((line.what, line.peer), Growth(ours.setdefault(line.what, {})))
        if line.ours:
            each.ours[line.size] = statistics.median(line.ours)
        if line.theirs:
            each.theirs[line.size] = statistics.median(line.theirs)
    return found


def markdown(lines: Sequence[Line]) -> str:
    """Return both tables: the lines, and how their figures grow."""
    rows = [_HEADER, ("---",) * len(_HEADER), *(each.cells() for each in lines)]
    table = "\n".join(f"| {' | '.join(map(_plain, row))} |" for row in rows)
    found = growth(lines)
    beside = {what for what, peer in found if peer}
    grown = [
        f"| {what} | {', '.join(f'{size:,}' for size in sorted(each.ours))} | {_power(each.ours)} | {peer} | {_power(each.theirs)} |"
        for (what, peer), each in found.items()
        if len(each.ours) > 1 and not peer.startswith("ours") and (peer or what not in beside)
    ]
    header = "| what | at triples | ours grows with the power | beside | theirs |\n|---|---|---|---|---|"
    return f"{table}\n\n{summary(lines)}\n\n{header}\n" + "\n".join(grown) + "\n"


def summary(lines: Iterable[Line]) -> str:
    """Say in a sentence how many claims were held."""
    verdicts = [each.verdict.split(":")[0] for each in lines if each.claim]
    counts = {word: verdicts.count(word) for word in (HELD, NOT_HELD, UNDECIDED, NOT_RUN)}
    return f"Of {len(verdicts)} lines with a claim: " + ", ".join(f"{number} {word}" for word, number in counts.items()) + "."


def _power(points: dict[int, float]) -> str:
    power = exponent(points.items())
    return "" if power is None else f"{power:.2f}" + ("" if len(points) > 2 else " (two sizes)")


def _plain(cell: str) -> str:
    return cell.replace("|", "\\|").replace("\n", " ")
