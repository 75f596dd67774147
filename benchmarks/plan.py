"""What a run of the bench is asked for, the data it is measured on, and figures taken round by round."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from generate import generate
from isolated import Outcome, run
from lines import Claim, Line

SEED = 7
_LONG = 60.0  # seconds; what takes longer is measured once


@dataclass
class Plan:
    """Sizes in triples, rounds at most, the time limit of a peer in seconds, and the folder for data.

    `large` is the size from which on everything is measured once.
    """

    sizes: Sequence[int]
    rounds: int
    limit: float
    folder: Path
    large: int = 1_000_000
    _made: dict[tuple[int, float, bool], Path] = field(default_factory=dict)

    def times(self, size: int) -> int:
        """How many rounds at this size."""
        return 1 if size >= self.large else self.rounds

    def made(self, size: int, defects: float = 0.0, single: bool = True) -> Path:
        """Return a folder of made-up data of a size, in one file `synthetic.nt` or in one per case; made once in a run."""
        key = (size, defects, single)
        if key not in self._made:
            folder = self.folder / f"{size}-{defects:g}-{'one' if single else 'many'}"
            generate(folder, size, SEED, defects, 1 if single else None)
            self._made[key] = folder
        return self._made[key]

    @property
    def stores(self) -> Path:
        """The folder of stores that several parts ask (`endpoint.store_of`)."""
        return self.folder / "stores"

    def rounds_of(self, size: int, *calls: tuple[str, str, dict[str, object]]) -> list[list[Outcome]]:
        """Run each call (module, function, arguments) once a round, in turns; return the outcomes call by call.

        What is stopped or missing in one round, or takes longer than a minute, is not run in the next.
        """
        found: list[list[Outcome]] = [[] for _ in calls]
        for _ in range(self.times(size)):
            for (module, function, arguments), outcomes in zip(calls, found, strict=True):
                if not outcomes or outcomes[-1].figures.get("wall", _LONG) < _LONG:
                    outcomes.append(run(module, function, self.limit, **arguments))
        return found


Figure = Callable[[Outcome], float]


def seconds(outcome: Outcome) -> float:
    """The seconds of the process that an outcome tells."""
    return float(outcome.figures["seconds"])


def peak(outcome: Outcome) -> float:
    """The peak of memory in MB that an outcome tells."""
    return outcome.peak


def line(
    part: str, what: str, size: int, ours: list[Outcome], peer: str = "", theirs: list[Outcome] | None = None, *,
    claim: Claim | None = None, figure: Figure = seconds, unit: str = "s", same: bool | None = None, note: str = "",
) -> Line:  # fmt: skip
    """Make a line of the outcomes of ours and of a peer's."""
    both = [*ours, *(theirs or [])]
    stopped = next((each.over for each in theirs or [] if each.over), None) if figure is seconds else None
    missing = next((each.missing for each in both if each.missing), "")
    if not missing and any(each.over for each in both):
        missing = "stopped at the time limit"
    return Line(
        part, what, size, _figures(ours, figure), unit, peer, _figures(theirs or [], figure), claim, stopped, missing, same, note
    )


def _figures(outcomes: list[Outcome], figure: Figure) -> list[float]:
    return [figure(each) for each in outcomes if each.figures]
