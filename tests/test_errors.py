"""Every error knows how it leaves the house."""

from __future__ import annotations

import pytest

from graph import errors
from graph.errors import ParseError, TropicoError

_ALL = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, TropicoError)]


@pytest.mark.parametrize("kind", _ALL, ids=lambda kind: kind.__name__)
def test_every_error_has_an_exit_code_a_status_and_a_title(kind: type[TropicoError]) -> None:
    assert kind.exit_code in (1, 2)
    assert 400 <= kind.status < 600
    assert kind is TropicoError or kind.title != TropicoError.title


@pytest.mark.parametrize("kind", _ALL, ids=lambda kind: kind.__name__)
def test_the_tree_in_the_docstring_names_every_error(kind: type[TropicoError]) -> None:
    assert kind.__name__ in (errors.__doc__ or "")


@pytest.mark.parametrize(
    ("line", "column", "said"),
    [(3, 7, "a.ttl:3:7: broken"), (3, None, "a.ttl:3: broken"), (None, None, "a.ttl: broken")],
)
def test_a_parse_error_begins_with_the_place_as_far_as_it_is_known(
    line: int | None, column: int | None, said: str
) -> None:
    assert str(ParseError("broken", source="a.ttl", line=line, column=column)) == said
