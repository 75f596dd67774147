"""What another server's answer is sifted for before a parser reads it."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest

from graph import sifting
from graph.errors import DataError
from graph.sifting import Sifted

_DEEP = '{"type":"triple","value":{"object":'


class _Dripping(io.BytesIO):
    """A source that gives at most `at_once` bytes a time."""

    at_once = 1

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(size or 0, self.at_once))


def _read(data: bytes, key: str, size: int) -> bytes:
    """Read `data` in pieces of `size`, from a source that gives as little; -1 is all at once."""
    if size < 0:
        return Sifted(io.BytesIO(data), key).read()
    dripping = _Dripping(data)
    dripping.at_once = size
    source = Sifted(dripping, key)
    pieces = list(iter(lambda: source.read(size), b""))
    assert all(len(piece) <= size for piece in pieces)
    return b"".join(pieces)


@pytest.mark.parametrize("size", [1, 2, 7, 64, 65_536, -1])
@pytest.mark.parametrize(("key", "data"), [
    ("json", '{"a":"' + "{" * 500 + '\\\\","b":"\\"' + "[" * 500 + '"}'),
    ("json", "[{}]," * 1_000),
    ("nt", '<x:a> <x:b> "<<(" .\n' * 1_000),
    ("json", ""),
])
def test_an_answer_that_is_not_deep_passes_as_it_is(key: str, data: str, size: int) -> None:
    assert _read(data.encode(), key, size) == data.encode()


@pytest.mark.parametrize("size", [1, 2, 7, 64, 65_536, -1])
@pytest.mark.parametrize(("key", "data", "said"), [
    ("json", _DEEP * 60, "more than 100 deep"),
    ("json", '{"a":"\\\\",' + '"b\\"":[' * 101, "more than 100 deep"),
    ("nt", "<x:a> <x:b> " + "<<( <x:a> <x:b> " * 1_001, "triple terms"),
])
def test_an_answer_that_is_deep_is_refused_wherever_it_is_cut(key: str, data: str, said: str, size: int) -> None:
    with pytest.raises(DataError, match=said):
        _read(data.encode(), key, size)


@pytest.mark.parametrize("size", [1, 5, 40, -1])
def test_blank_nodes_get_standard_names_wherever_the_answer_is_cut(size: int) -> None:
    data = b'[{"type":"bnode", "value":"nodeID://b1"},{"type":"literal","value":"nodeID://b1"}]' * 3
    assert _read(data, "json", size) == data.replace(b'e", "value":"nodeID://', b'e", "value":"')


def test_a_string_that_never_ends_costs_no_more_than_its_length() -> None:
    check = sifting._JsonDepth()
    for _ in range(2_000):
        check.feed(b"\\" + b"x" * 10_000)
        assert len(check._begun) < 3


def test_what_is_let_through_is_shallow_enough_for_the_parsers() -> None:
    """In a process of its own, since the parsers end theirs when this is wrong."""
    script = (
        "import io, pyoxigraph as ox\n"
        "from graph.sifting import _DEEPEST_JSON, _MOST_TRIPLE_TERMS\n"
        f"n = _DEEPEST_JSON\n"
        f"deep = {_DEEP!r} * n\n"
        "head = '{\"head\":{\"vars\":[\"s\"]},\"results\":{\"bindings\":[{\"s\":'\n"
        "for data in (head + deep,):\n"
        "    try: list(ox.parse_query_results(data.encode(), ox.QueryResultsFormat.JSON))\n"
        "    except SyntaxError: print('json')\n"
        "n = _MOST_TRIPLE_TERMS\n"
        "nt = '<x:a> <x:b> ' + '<<( <x:a> <x:b> ' * n + '<x:c>' + ' )>>' * n + ' .'\n"
        "print('nt', len(list(ox.parse(nt.encode(), format=ox.RdfFormat.N_TRIPLES))))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.split()) == (0, ["json", "nt", "1"])
