"""Asking a question: its parameters bound as terms, its answer, and the values worth offering.

A parameter is a block `VALUES ?_name { … }` in the query; binding replaces what stands between the braces with a
serialised term, so no text from outside is ever pasted into a query.
"""

from __future__ import annotations

import itertools
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from rdflib import URIRef

from graph import build, prefixes, tables
from graph.errors import UsageError
from graph.store import Store, Table

NOTHING = ("No finding in this build answers the question with these values. That is: nothing of the kind was coded; it does not say "
           "that nothing of the kind exists.")
BLOCK = re.compile(r"(VALUES\s+\?_(\w+)\s*\{)([^{}]*)(\})", re.IGNORECASE)
_PROLOGUE = re.compile(r"(?:\s+|#[^\n]*(?:\n|\Z)|PREFIX\s+[^\s:]*:\s*<[^<>]*>|BASE\s+<[^<>]*>)*", re.IGNORECASE)


@dataclass(frozen=True)
class Parameter:
    """One thing a question can be asked about; `source` says where its values come from (`from:` in the header)."""

    name: str
    label: str
    source: str
    optional: bool = False
    default: URIRef | None = None
    definition: str | None = None


@dataclass(frozen=True)
class Question:
    """One question file; `text` is the whole of it, header and query."""

    id: str
    slug: str
    question: str
    audience: tuple[str, ...]
    tags: tuple[str, ...]
    method: str
    params: tuple[Parameter, ...]
    text: str
    path: Path
    chart: Mapping[str, str] | None = None
    empty: str | None = None


@dataclass(frozen=True)
class Choice:
    """A value a parameter can take."""

    iri: URIRef
    label: str
    definition: str | None = None


@dataclass(frozen=True)
class Answer:
    """What a question was answered with: the values asked about, the table, the query that ran, and on which build."""

    question: Question
    values: Mapping[str, URIRef | None]
    table: Table
    query: str
    seconds: float
    identity: build.Identity | None

    def as_json(self) -> str:
        """Return JSON that any reader of SPARQL 1.1 results takes, with question, parameters and build beside the rows.

        The time it took is left out, so that the same build gives the same bytes.
        """
        asked = self.question
        return json.dumps({
            "question": {"id": asked.id, "text": asked.question, "method": asked.method},
            "parameters": {name: value and str(value) for name, value in self.values.items()},
            "build": self.identity and {"version": self.identity.version, "digest": self.identity.digest},
            "rowCount": len(self.table.rows),
            **tables.as_bindings(self.table),
        }, ensure_ascii=False)


# -- asking -----------------------------------------------------------------------------------------------------------


def bind(question: Question, values: Mapping[str, str | URIRef | None]) -> str:
    """Return the query of `question` with `values` in its VALUES blocks.

    A value is an IRI, a prefixed name or a path such as `concept/innovation/telework`; a parameter not given keeps its
    default; None or "" leaves an optional one open. Raises UsageError for an unknown parameter and a required one left
    empty, listing the parameters there are.
    """
    return _with(question, resolve(question, values))


def resolve(question: Question, values: Mapping[str, str | URIRef | None]) -> dict[str, URIRef | None]:
    """Return the term of every parameter of `question`, None where it is left open. Raises as `bind` does."""
    known = {parameter.name: parameter for parameter in question.params}
    unknown = [name for name in values if name not in known]
    if unknown:
        there = f"its parameters are {', '.join(known)}" if known else "it has none"
        raise UsageError(f"{question.id} has no parameter {unknown[0]!r}; {there}.")
    missing = [each.name for each in question.params if not each.optional and not values.get(each.name, each.default)]
    if missing:
        raise UsageError(f"{question.id} needs a value for {', '.join(missing)}; give one, such as "
                         f"{missing[0]}={tables.short_name(known[missing[0]].default or URIRef(''))}.")
    return {name: _term(values.get(name, parameter.default)) for name, parameter in known.items()}


def _term(value: str | URIRef | None) -> URIRef | None:
    if not value:
        return None
    return value if isinstance(value, URIRef) else prefixes.expand(value)


def _with(question: Question, values: Mapping[str, URIRef | None]) -> str:
    def block(match: re.Match[str]) -> str:
        return f"{match[1]} {serialised(values[match[2]])} {match[4]}"

    return BLOCK.sub(block, question.text)


def serialised(term: URIRef | None) -> str:
    """Return `term` as SPARQL; UNDEF for None. Raises UsageError for an IRI that cannot stand in a query."""
    if term is None:
        return "UNDEF"
    if re.search(r'[\x00-\x20<>"{}|^`\\]', term):
        raise UsageError(f"{str(term)!r} is not an IRI; leave out spaces, quotes, brackets and backslashes.")
    return f"<{term}>"


def ask(store: Store, question: Question, values: Mapping[str, str | URIRef | None]) -> Answer:
    """Answer `question` about `values` (as for `bind`).

    Raises UsageError as `bind` does, and for a value that is not among those its `from:` names, listing them.
    """
    resolved = resolve(question, values)
    for parameter in question.params:
        _check_value(store, question, parameter, resolved[parameter.name])
    query = _with(question, resolved)
    start = time.perf_counter()
    table = store.select(query)
    return Answer(question, resolved, table, query, time.perf_counter() - start, build.identity(store))


def _check_value(store: Store, question: Question, parameter: Parameter, value: URIRef | None) -> None:
    if value is None or value == parameter.default:
        return
    possible = [choice.iri for choice in candidates(store, parameter)]
    if value not in possible:
        names = ", ".join(tables.short_name(each) for each in possible) or "none in this store"
        raise UsageError(f"{question.id}: {tables.short_name(value)} is no value of {parameter.name!r}; "
                         f"the possible ones are: {names}.")


# -- what can be asked ------------------------------------------------------------------------------------------------


def candidates(store: Store, parameter: Parameter) -> list[Choice]:
    """Return all values the `from:` of `parameter` names, ranked ones by rank, others by label."""
    query = parameter.source if _is_select(parameter.source) else _members_query(parameter.source)
    table = store.select(declarations() + query)
    choices: dict[URIRef, Choice] = {}
    for row in table.rows:
        cells = dict(zip(table.columns, row))
        value, label, definition = cells["value"], cells.get("label"), cells.get("definition")
        if isinstance(value, URIRef) and value not in choices:
            choices[value] = Choice(value, str(label or tables.short_name(value)), definition and str(definition))
    return list(choices.values())


def choices(store: Store, question: Question, parameter: Parameter) -> list[Choice]:
    """Return the values of `parameter` for which `question` has an answer, whatever its other parameters are set to.

    The others are left open where they may be; of a required one every value is tried, its default first, since a query
    may mean something else with it left open (a MINUS then takes nothing away).
    """
    others = [each for each in question.params if each != parameter]
    names = [each.name for each in others]
    combinations = list(itertools.product(*(_worth_trying(store, each) for each in others)))

    def answered(choice: Choice) -> bool:
        settings = ({parameter.name: choice.iri, **dict(zip(names, values, strict=True))} for values in combinations)
        return any(store.ask(_as_ask(_with(question, each))) for each in settings)

    return _defined(store, [choice for choice in candidates(store, parameter) if answered(choice)])


def _defined(store: Store, found: list[Choice]) -> list[Choice]:
    """Return choices with the definition the store has of each that came without one."""
    listed = " ".join(serialised(choice.iri) for choice in found if not choice.definition)
    if not listed:
        return found
    table = store.select(declarations() + f"""
        SELECT ?value (MIN(?meaning) AS ?definition) WHERE {{
          VALUES ?value {{ {listed} }}
          ?value skos:definition|rdfs:comment ?meaning FILTER(LANG(?meaning) IN ("en", ""))
        }} GROUP BY ?value""")
    meant = {value: str(definition) for value, definition in table.rows if definition is not None}
    return [replace(choice, definition=choice.definition or meant.get(choice.iri)) for choice in found]


def _worth_trying(store: Store, parameter: Parameter) -> list[URIRef | None]:
    if parameter.optional:
        return [None]
    return list(dict.fromkeys((parameter.default, *(choice.iri for choice in candidates(store, parameter)))))


def _as_ask(query: str) -> str:
    """Turn a SELECT into an ASK for whether it has a row, by making it a subquery: the engine may stop at the first."""
    prologue = _PROLOGUE.match(query)
    end = prologue.end() if prologue else 0
    return f"{query[:end]}\nASK {{ {{ {query[end:]}\n}} }}"


def _is_select(source: str) -> bool:
    prologue = _PROLOGUE.match(source)
    return bool(re.match(r"SELECT\b", source[prologue.end() if prologue else 0:], re.IGNORECASE))


def _members_query(source: str) -> str:
    """Return the query for the concepts of a scheme (`concept/rating`) or the instances of a class (`trop:Case`)."""
    group = prefixes.expand(source)
    link = "skos:inScheme" if group.startswith(prefixes.BASE + "concept/") else "rdf:type"
    return f"""
        SELECT ?value (MIN(?name) AS ?label) (MIN(?meaning) AS ?definition) WHERE {{
          ?value {link} {serialised(group)} .
          OPTIONAL {{ ?value skos:prefLabel|rdfs:label ?name FILTER(LANG(?name) IN ("en", "")) }}
          OPTIONAL {{ ?value skos:definition ?meaning FILTER(LANG(?meaning) IN ("en", "")) }}
          OPTIONAL {{ ?value trop:level ?rank }}
        }} GROUP BY ?value ORDER BY MIN(?rank) LCASE(STR(MIN(?name))) ?value"""


def declarations() -> str:
    """Return the prefixes of the one table as SPARQL."""
    return "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in prefixes.NAMESPACES.items())
