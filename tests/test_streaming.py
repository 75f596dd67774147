"""What is written piece by piece in one thread is read in another, with its errors, and can be left at any time."""

from __future__ import annotations

import gc
import io
import threading

import pytest

from graph.errors import StoreError, TropicoError
from graph.streaming import Stream


def _wait_for_threads() -> None:
    for each in threading.enumerate():
        if each.name == "query":
            each.join(2)
            assert not each.is_alive()


def test_everything_written_is_read_in_order() -> None:
    def write(output: io.RawIOBase) -> None:
        for n in range(1_000):
            output.write(str(n).encode() + b";")

    assert b"".join(Stream(write)) == b"".join(str(n).encode() + b";" for n in range(1_000))


def test_nothing_written_is_nothing_read() -> None:
    assert list(Stream(lambda output: None)) == []


def test_an_error_before_the_first_byte_is_raised_at_once() -> None:
    def write(output: io.RawIOBase) -> None:
        raise StoreError("no")

    with pytest.raises(StoreError, match="no"):
        Stream(write)


def test_an_error_in_the_middle_ends_the_reading_with_it_and_not_quietly() -> None:
    def write(output: io.RawIOBase) -> None:
        output.write(b"1")
        output.write(b"2")
        raise StoreError("broken in the middle")

    with pytest.raises(StoreError, match="in the middle"):
        list(Stream(write))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_error_nobody_foresaw_is_no_quiet_end() -> None:
    def write(output: io.RawIOBase) -> None:
        output.write(b"1")
        raise ZeroDivisionError

    with pytest.raises(StoreError, match="broke off"):
        list(Stream(write))
    _wait_for_threads()


@pytest.mark.parametrize("leave", [lambda stream: stream.close(), lambda stream: None], ids=["closed", "forgotten"])
def test_writing_ends_when_nobody_reads_on(leave) -> None:
    ended = threading.Event()

    def write(output: io.RawIOBase) -> None:
        try:
            while True:
                output.write(b"x")
        except OSError:
            ended.set()
            raise StoreError("left") from None

    stream = Stream(write)
    assert next(stream) == b"x"
    leave(stream)
    del stream
    gc.collect()
    assert ended.wait(2)
    _wait_for_threads()


def test_writing_waits_for_its_reader() -> None:
    written = 0

    def write(output: io.RawIOBase) -> None:
        nonlocal written
        for _ in range(10_000):
            output.write(b"x")
            written += 1

    stream = Stream(write)
    threading.Event().wait(0.1)
    assert written < 200
    stream.close()
    _wait_for_threads()


def test_the_error_handed_over_holds_nothing_of_the_thread_it_came_from() -> None:
    def write(output: io.RawIOBase) -> None:
        try:
            raise ValueError("inside")
        except ValueError:
            raise StoreError("outside") from None

    with pytest.raises(TropicoError) as caught:
        Stream(write)
    assert caught.value.__context__ is None
    assert all(each.frame.code.name != "write" for each in caught.traceback)
