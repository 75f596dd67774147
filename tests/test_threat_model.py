"""The threat model covers all threats, and what it says holds them exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent
_ROW = re.compile(r"^\| T(\d+) \| ([^|]+) \| ([^|]+) \| (.+) \|$", re.MULTILINE)
_TEST = re.compile(r"`(test_\w+\.py)::(test_\w+)`")
_DISPOSITIONS = {"held", "held in part", "not held", "not applicable"}


@pytest.fixture(scope="module")
def rows() -> list[tuple[str, ...]]:
    if not (TOP / "THREAT_MODEL.md").exists():
        pytest.skip("the threat model lies in a checkout only")
    return _ROW.findall((TOP / "THREAT_MODEL.md").read_text(encoding="utf-8"))


def test_all_28_threats_have_a_disposition_in_order(rows) -> None:
    assert [int(number) for number, *_ in rows] == list(range(1, 29))
    assert {disposition for _, _, disposition, _ in rows} <= _DISPOSITIONS


def test_every_test_that_is_named_exists(rows) -> None:
    named = [found for *_, text in rows for found in _TEST.findall(text)]
    assert len(named) > 30
    missing = [f"{file}::{name}" for file, name in named if f"def {name}(" not in (TOP / "tests" / file).read_text(encoding="utf-8")]
    assert missing == []


def test_what_is_held_in_part_says_what_is_not(rows) -> None:
    for number, _, disposition, text in rows:
        if disposition == "held in part":
            assert len(_TEST.sub("", text)) > 60, f"T{number} does not say what is not held"
        if disposition == "held" and number != "6":
            assert _TEST.search(text), f"T{number} names no test"
