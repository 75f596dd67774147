"""Made-up case data in the project's own model, at any size, with seeded defects and the list of them.

    python benchmarks/generate.py --triples 1000000 --seed 7 --defects 0.001 OUT_DIR

writes N-Triples: `shared.nt` (codebook, coders, organisations, propositions), one file per study with the findings over its set of ten
cases, one file per case, and `defects.csv` with every seeded defect: thing, path, kind, and a part of the message that reports it. With
`--files N` the same goes into about N files of about one size, `--files 1` into one. The kinds of findings per case and what they have
are spread as in the real data; constructs and codes are those of the ontology. Every file describes a trop:SyntheticDataset, which
`tropico build` refuses without `--allow-synthetic`. The same arguments give the same bytes; memory does not grow with the size.
"""

from __future__ import annotations

import argparse
import csv
import random
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import IO

from defects import KINDS, Defect
from synthetic import CASES_PER_STUDY, World, case_unit, dataset, shared_unit, study_unit
from triples import Thing, Unit


@dataclass
class Tally:
    """What was written: numbers of triples, things, cases, files and defects."""

    triples: int = 0
    things: int = 0
    cases: int = 0
    files: int = 0
    defects: int = 0


@dataclass
class Seeder:
    """Spoils a share of the things, taking the kinds of defects that fit a thing in turn."""

    share: float
    random: random.Random
    turn: dict[str, Iterator[int]] = field(default_factory=dict)

    def spoil(self, thing: Thing) -> Defect | None:
        """Seed a defect into `thing`, or leave it as it is; return what was done."""
        fitting = KINDS.get(thing.kind, ())
        if not fitting or self.random.random() >= self.share:
            return None
        defect = fitting[next(self.turn.setdefault(thing.kind, count())) % len(fitting)]
        defect.spoil(thing)
        return defect


class Files:
    """Writes units of things into files: one each, or so many to a file that about `wanted` come out."""

    def __init__(self, directory: Path, world: World, wanted: int | None, triples: int) -> None:
        self._directory, self._world, self._tally = directory, world, Tally()
        self._limit = None if wanted is None else max(1, -(-triples // wanted))
        self._single = wanted == 1
        self._out: IO[str] | None = None
        self._in_file = 0

    @property
    def tally(self) -> Tally:
        """What was written so far."""
        return self._tally

    def write(self, unit: Unit, things: Iterator[Thing]) -> None:
        """Write one unit, in a file of its own or after what is there."""
        if self._out is None or self._limit is None or (self._in_file >= self._limit and not self._single):
            self._open(unit)
        for thing in things:
            self._put(thing)
            self._tally.things += 1
        self._tally.cases += unit.folder == "cases"

    def close(self) -> None:
        """Close the file that is being written."""
        if self._out is not None:
            self._out.close()

    def _open(self, unit: Unit) -> None:
        self.close()
        self._tally.files += 1
        name = unit.file if self._limit is None else "synthetic.nt" if self._single else f"part-{self._tally.files:05d}.nt"
        path = self._directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        self._out, self._in_file = path.open("w", encoding="utf-8"), 0
        self._put(dataset(self._world))  # so that each file tells by itself that it is made up

    def _put(self, thing: Thing) -> None:
        lines = thing.lines()
        self._out.writelines(lines)
        self._in_file += len(lines)
        self._tally.triples += len(lines)


def generate(directory: Path, triples: int, seed: int, defects: float, files: int | None = None) -> Tally:
    """Write at least `triples` triples into `directory` and its defects into defects.csv; return what was written.

    `defects` is the share of the things, from 0 to 1, that get one; `files` as the option of that name.
    """
    directory.mkdir(parents=True, exist_ok=True)
    world = World.of(seed)
    seeder = Seeder(defects, random.Random(f"defects {seed}"))
    with ExitStack() as stack:
        listing = csv.writer(stack.enter_context((directory / "defects.csv").open("w", encoding="utf-8", newline="")))
        listing.writerow(("focus", "path", "kind", "message"))
        out = Files(directory, world, files, triples)
        stack.callback(out.close)
        for unit in _units(world):
            out.write(unit, _spoilt(unit, seeder, listing, out.tally))
            if out.tally.triples >= triples:
                return out.tally
    raise AssertionError("the units do not end")


def _units(world: World) -> Iterator[Unit]:
    yield shared_unit(world)
    for study in count(1):
        yield study_unit(world, study)
        for place in range(CASES_PER_STUDY):
            yield case_unit(world, study, place)


def _spoilt(unit: Unit, seeder: Seeder, listing: csv.writer, tally: Tally) -> Iterator[Thing]:
    for thing in unit.things:
        defect = seeder.spoil(thing)
        if defect is not None:
            tally.defects += 1
            listing.writerow((thing.iri, defect.path, defect.name, defect.message))
        yield thing


def main() -> None:
    """Generate what the arguments ask for and say what it came to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path, metavar="OUT_DIR")
    parser.add_argument("--triples", type=int, default=10_000, help="at least so many (default: 10000)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--defects", type=float, default=0.0, help="share of the things, 0 to 1 (default: 0)")
    parser.add_argument("--files", type=int, help="about so many files (default: one per case and study)")
    given = parser.parse_args()
    if given.triples < 1 or not 0 <= given.defects <= 1 or (given.files is not None and given.files < 1):
        parser.error("--triples and --files are at least 1, --defects lies between 0 and 1")
    tally = generate(given.directory, given.triples, given.seed, given.defects, given.files)
    print(
        f"{tally.triples} triples on {tally.things} things in {tally.cases} cases, {tally.files} files,"
        f" {tally.defects} defects, in {given.directory}"
    )


if __name__ == "__main__":
    main()
