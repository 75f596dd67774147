"""How much the engine works on a query, counted and not timed: the results of every operator of its plan.

The count is the same on every machine and at every load. It is what `oxigraph query --explain --stats` says; what EXISTS and OPTIONAL look
at again and again is in it, what goes on within a path such as `skos:broader*` is not.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Work:
    """The results of all operators together, the rows of the answer, and how many things the rows tell of.

    A row tells of itself, of every IRI in a column whose name ends in List, and of what a column counts.
    """

    steps: int
    rows: int
    told: int


def binary() -> str | None:
    """Return Oxigraph's own command, or None where it is not installed."""
    beside = Path(sys.executable).with_name("oxigraph")
    return str(beside) if beside.exists() else shutil.which("oxigraph")


def generation(store: Path) -> Path:
    """Return the engine's folder within a store on disk."""
    return max(store.rglob("CURRENT")).parent


def work(engine_folder: Path, query: str) -> Work:
    """Return what the engine does for `query` on a store that nobody writes. Raises CalledProcessError where it fails."""
    with tempfile.TemporaryDirectory(prefix="plan-") as folder:
        plan = Path(folder) / "plan.json"
        command = [binary(), "query", "--location", str(engine_folder), "--query", query, "--results-format", "tsv",
                   "--explain-file", str(plan), "--stats"]
        answer = subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout
        told = json.loads(plan.read_text(encoding="utf-8"))
    header, *rows = [line.split("\t") for line in answer.splitlines()]
    columns = [name.removeprefix("?") for name in header]
    return Work(_results(told["plan"]), len(rows), sum(_told(columns, row) for row in rows))


def _results(node: dict) -> int:
    return node.get("number of results", 0) + sum(map(_results, node.get("children", ())))


def _told(columns: list[str], row: list[str]) -> int:
    linked = sum(len(re.split(r" +", cell.strip('"'))) for name, cell in zip(columns, row, strict=True) if name.endswith("List") and cell)
    return 1 + linked + sum(int(cell) for cell in row if cell.isdigit())
