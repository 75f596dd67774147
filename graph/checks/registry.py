"""What a check is, what comes out of one, and the list of all of them.

A check is a function that walks a tree of files and writes into a ledger what it looked at and what is wrong. It passes
only where it looked at something: a check that finds nothing because there was nothing to see is not green.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from rdflib import URIRef

from graph.checks import waivers
from graph.checks.tree import Tree
from graph.errors import ReasonerMissing, TropicoError

_NOT_ASKED_FOR = "not run: it needs the reasoner; ask for it with --reasoner"


@dataclass(frozen=True)
class Outcome:
    """What one check found: how many of its `unit` it looked at, and each fault as one sentence.

    `not_run` says why the check was not run and what to do about that; `note` is what else there is to tell.
    """

    number: int
    name: str
    looked_at: int
    unit: str
    faults: tuple[str, ...]
    not_run: str | None = None
    note: str = ""

    @property
    def passed(self) -> bool:
        """Say whether it was run, looked at something and found nothing wrong."""
        return self.looked_at > 0 and not self.faults and not self.not_run

    @property
    def failed(self) -> bool:
        """Say whether it was run and did not pass; a check that was not run has done neither."""
        return not self.passed and not self.not_run


@dataclass
class Ledger:
    """Where a check writes. `faults` are kept with their key and term, by which they can be waived."""

    looked_at: int = 0
    note: str = ""
    faults: list[tuple[str, URIRef | None, str]] = field(default_factory=list)

    def see(self, number: int = 1) -> None:
        """Count what was looked at."""
        self.looked_at += number

    def fault(self, text: str, *, key: str = "", term: URIRef | None = None) -> None:
        """Write down a fault; `key` tells the rules of one check apart, such as P11 among the pitfalls."""
        self.faults.append((key, term, text))


@dataclass(frozen=True)
class Check:
    """A check by its number; `reasoner` says that it needs Java, `unit` what it counts."""

    number: int
    name: str
    unit: str
    reasoner: bool
    function: Callable[[Tree, Ledger], None]


CHECKS: dict[int, Check] = {}


def check(number: int, name: str, unit: str, *, reasoner: bool = False) -> Callable[[Callable], Callable]:
    """Register the decorated function as the check of that number."""

    def register(function: Callable[[Tree, Ledger], None]) -> Callable[[Tree, Ledger], None]:
        CHECKS[number] = Check(number, name, unit, reasoner, function)
        return function

    return register


def run(tree: Tree, reasoner: bool, numbers: Iterable[int] | None = None) -> list[Outcome]:
    """Run all checks, or those of `numbers`, and return their outcomes by number.

    Without `reasoner`, the checks that need it are listed as not run. What is wrong with the tree is never raised.
    """
    chosen = sorted(CHECKS if numbers is None else numbers)
    return [
        _run(CHECKS[each], tree) if reasoner or not CHECKS[each].reasoner else _skipped(CHECKS[each]) for each in chosen
    ]


def _skipped(check: Check) -> Outcome:
    return Outcome(check.number, check.name, 0, check.unit, (), _NOT_ASKED_FOR)


def _run(check: Check, tree: Tree) -> Outcome:
    ledger, not_run = Ledger(), None
    try:
        check.function(tree, ledger)
        faults = waivers.apply(tree, check.number, CHECKS, ledger.faults)
    except ReasonerMissing as error:
        faults, not_run = [], str(error)
    except TropicoError as error:
        faults = [*(text for _, _, text in ledger.faults), str(error)]
    return Outcome(
        check.number, check.name, ledger.looked_at, check.unit, tuple(dict.fromkeys(faults)), not_run, ledger.note
    )
