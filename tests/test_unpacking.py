"""A compressed file is read under a limit on what comes out of it."""

from __future__ import annotations

import gzip
import time
import zlib

import pytest

from graph.errors import ParseError, PayloadTooLarge
from graph.unpacking import unpacked

_TEXT = b"<http://a/x> <http://a/p> <http://a/y> .\n"


def test_what_is_not_compressed_stays_as_it_is() -> None:
    assert unpacked(_TEXT, source="x") == _TEXT and unpacked(b"", source="x") == b""


@pytest.mark.parametrize("times", [1, 100_000])
def test_gzip_is_unpacked_whatever_its_length(times: int) -> None:
    assert unpacked(gzip.compress(_TEXT * times), source="x") == _TEXT * times


def test_an_archive_of_several_members_is_all_of_them() -> None:
    assert unpacked(gzip.compress(_TEXT) + gzip.compress(_TEXT), source="x") == _TEXT * 2


def test_an_archive_of_nothing_is_nothing() -> None:
    assert unpacked(gzip.compress(b""), source="x") == b""


def test_a_gzip_bomb_is_stopped_at_the_limit_and_at_once() -> None:
    """Its end, which is missing, is never looked at."""
    squeezer = zlib.compressobj(9, wbits=31)
    bomb = b"".join([*(squeezer.compress(bytes(10_000_000)) for _ in range(20)), squeezer.flush()])
    started = time.process_time()
    with pytest.raises(PayloadTooLarge, match="more than 10000000 bytes once it is unpacked"):
        unpacked(bomb[:-20], source="x.ttl.gz", most=10_000_000)
    assert len(bomb) < 250_000 and time.process_time() - started < 0.5


def test_members_count_together() -> None:
    with pytest.raises(PayloadTooLarge):
        unpacked(gzip.compress(bytes(600)) * 2, source="x", most=1_000)


@pytest.mark.parametrize("cut", [5, 20, -1])
def test_an_archive_that_breaks_off_is_told(cut: int) -> None:
    with pytest.raises(ParseError, match="breaks off"):
        unpacked(gzip.compress(_TEXT)[:cut], source="x")


def test_a_damaged_archive_is_told() -> None:
    whole = bytearray(gzip.compress(_TEXT))
    whole[-6] ^= 0xFF
    with pytest.raises(ParseError, match="damaged"):
        unpacked(bytes(whole), source="x")
