"""What a stranger's query is, and whether it may be evaluated: read here, before the engine reads it.

The engine's parser recurses without a bound, so that 12 KB of "!" end the process; its optimiser takes minutes over a
few hundred patterns; and it finds SERVICE where the standard finds a name. All three are told by the words of the
query alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from graph.errors import QueryError, QueryRefused
from graph.tokens import Token, position, query_tokens

_KINDS = {"SELECT": "select", "ASK": "ask", "CONSTRUCT": "construct", "DESCRIBE": "construct"}
_UPDATES = frozenset(("INSERT", "DELETE", "WITH", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY"))
_NEVER = "never done here; ask that server yourself."
_NOT_THAT = "done here for listed addresses only, written out in full; the page of the endpoint names them."
_NOTHING = Token("mark", "", 0)
_PROLOGUE = {"PREFIX": 2, "BASE": 1, "VERSION": 1}  # how many words follow

# beyond these, the engine's parser overflows its stack or its optimiser takes minutes (measured)
_DEEPEST = 64
_MOST_SIGNS_TOGETHER = 64
_MOST = {
    **dict.fromkeys(("OPTIONAL", "EXISTS", "GRAPH", "VALUES"), 60),
    **dict.fromkeys(("UNION", "MINUS"), 100),
    **dict.fromkeys(("FILTER", "BIND", "IF"), 200),
    **{"{": 150, "/": 200, "^": 200, "|": 400, "+": 500, "-": 500, "*": 500, "!": 500, "&": 1_000},
}
_MOST_PATTERNS = 120


def classify(query: str) -> str:
    """Return what a query is ("select", "ask" or "construct", which a DESCRIBE counts as) once it may be evaluated.

    Raises QueryError for an update, for what is no query and for nesting that cannot be parsed safely, QueryRefused
    for SERVICE and LOAD.
    """
    return examine(query)[0]


def examine(query: str, services: Collection[str] = ()) -> tuple[str, bool]:
    """Return what a query is, as `classify` does, and whether it calls one of `services`, the addresses it may call.

    An address counts only where it is written in full behind SERVICE: not a prefixed name, not a variable.
    """
    calls = False
    words = query_tokens(query)
    if not _is_harmless(query):
        words = list(_within_limits(words))
        _check_strings(query, words)
        calls = _check_calls(words, services)
    first = _first_word(words)
    if first == "LOAD":
        raise QueryRefused("LOAD fetches from another server, which is never done here; ask what is loaded.")
    if first in _UPDATES:
        raise QueryError(f"This is an update ({first}), and this endpoint only reads; send a SELECT, ASK or CONSTRUCT.")
    if first not in _KINDS:
        raise QueryError("This is no query; begin it with SELECT, ASK, CONSTRUCT or DESCRIBE after its prefixes.", 1, 1)
    return _KINDS[first], calls


def _is_harmless(query: str) -> bool:
    """Say whether the letters alone show that reading word by word would refuse nothing, which is so for most queries: no text in
    quotes, no escape, no SERVICE, and no more of any sign or word, wherever it stands, than there may be.
    """
    if "service" in query.casefold() or any(each in query for each in "\"'\\"):
        return False
    text = query.upper()
    together = (("([{", _DEEPEST), ("!+-^", _MOST_SIGNS_TOGETHER), (".;,", _MOST_PATTERNS))
    return all(sum(map(text.count, signs)) <= most for signs, most in together) and all(
        text.count(word) <= most for word, most in _MOST.items()
    )


def _first_word(words: Iterable[Token]) -> str:
    left = iter(words)
    for each in left:
        word = each.text.upper()
        if word not in _PROLOGUE:
            return word
        for _ in range(_PROLOGUE[word]):
            next(left, None)
    return ""


def _check_strings(query: str, words: Sequence[Token]) -> None:
    """Refuse an open string: the engine reads an odd run of quotes in a way of its own, which could hide a clause."""
    for each in words:
        if each.kind == "string" and not each.is_closed():
            line, column = position(query, each.start)
            raise QueryError(f"The text that opens at line {line}, column {column} is never closed.", line, column)


def _check_calls(words: Sequence[Token], services: Collection[str]) -> bool:
    """Refuse SERVICE, also where the engine finds it and the standard does not: `1SERVICE`, `SERVICE:x {`.

    Say whether one of `services` is called.
    """
    calls = False
    for place, (before, each, after) in enumerate(zip([_NOTHING, *words], words, [*words[1:], _NOTHING], strict=False)):
        if services and _is_allowed(words[place : place + 3], services):
            calls = True
            continue
        prefix = each.text.split(":", 1)[0] if each.kind == "name" else ""
        glued = "service" in prefix.casefold() and after.text == "{" and before.text.upper() != "GRAPH"
        if glued or each.kind in ("word", "number", "tag") and "service" in each.text.casefold():
            raise QueryRefused(f"SERVICE calls another server, which is {_NEVER if not services else _NOT_THAT}")
    return calls


def _is_allowed(words: Sequence[Token], services: Collection[str]) -> bool:
    """Say whether `SERVICE <address>` or `SERVICE SILENT <address>` begins here, with one of the addresses."""
    if words[0].kind != "word" or words[0].text.upper() != "SERVICE":
        return False
    rest = [each for each in words[1:] if each.text.upper() != "SILENT"]
    return bool(rest) and rest[0].kind == "iri" and rest[0].text[1:-1] in services


def _within_limits(words: Iterable[Token]) -> Iterator[Token]:
    """Give word by word, no further than the first that is one too many: what is refused is not read to its end."""
    open_brackets: list[str] = []
    together = patterns = 0
    counts: Counter[str] = Counter()
    for each in words:
        yield each
        sign = each.text if each.kind == "mark" else ""
        if sign and sign in "([{":
            open_brackets.append(sign)
        elif sign and sign in ")]}" and open_brackets:
            open_brackets.pop()
        together = together + 1 if sign and sign in "!+-^" else 0
        patterns += sign in (".", ";") or sign == "," and open_brackets[-1:] != ["("]
        _at_most(len(open_brackets), _DEEPEST, "brackets inside one another")
        _at_most(together, _MOST_SIGNS_TOGETHER, f"signs such as '{sign}' side by side")
        _at_most(patterns, _MOST_PATTERNS, "triple patterns")
        word = each.text.upper() if each.kind in ("mark", "word") else ""
        if word in _MOST:
            counts[word] += 1
            _at_most(counts[word], _MOST[word], f"times '{word}'")


def _at_most(found: int, most: int, what: str) -> None:
    if found > most:
        raise QueryError(f"The query has more than {most} {what}, which is the limit; ask in several simpler queries.")
