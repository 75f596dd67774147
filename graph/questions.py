"""Competency questions: one file each, read and checked; this module is the door to everything about them.

A question is a SPARQL query that runs as it stands, under a YAML header in `#+` lines. How it is bound and asked is in
`graph.asking`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import yaml
from rdflib import URIRef

from graph import prefixes, resources
from graph.asking import BLOCK, Answer, Choice, Parameter, Question, ask, bind, candidates, choices, resolve, serialised
from graph.errors import ParseError, UsageError

__all__ = [
    "Answer", "Choice", "Parameter", "Question", "ask", "bind", "candidates", "choices", "load", "read", "resolve",
]  # fmt: skip

_FILE = re.compile(r"(cq-\d{2,3})-([a-z0-9]+(?:-[a-z0-9]+)*)\.rq")
_REQUIRED = ("id", "question", "audience", "method")
_KEYS = (*_REQUIRED, "tags", "params", "chart", "empty")
_PARAMETER_KEYS = ("label", "from", "optional", "default", "definition")


def load(folder: Path | None = None) -> dict[str, Question]:
    """Read all question files of `folder` (default: the packaged ones), by id in order.

    Raises ParseError with file and line for a header that is missing, not YAML, or has an unknown or missing key, and
    for a parameter and its VALUES block that do not match; UsageError for a file name that is not `cq-NN-slug.rq`, for
    an id that is not the file's, and for two files with one id.
    """
    questions: dict[str, Question] = {}
    for path in sorted((folder or resources.folder("queries")).glob("*.rq")):
        question = read(path)
        if question.id in questions:
            other = questions[question.id].path.name
            raise UsageError(f"{path.name} and {other} both hold {question.id}; give one of them another number.")
        questions[question.id] = question
    return questions


def read(path: Path) -> Question:
    """Read one question file. Raises as `load` does."""
    named = _FILE.fullmatch(path.name)
    if not named:
        raise UsageError(f"{path}: a question file is named cq-NN-slug.rq, such as cq-07-late-adopters.rq; rename it.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as problem:
        raise ParseError("is not UTF-8; save it as UTF-8.", source=str(path)) from problem
    header = _Header(path, text)
    if header.values["id"] != named[1]:
        header.fail(f"the id is {header.values['id']!r} but the file name says {named[1]}; make them agree.", "id")
    question = header.question(slug=named[2])
    _check_blocks(question)
    return question


class _Header:
    """The YAML of the `#+` lines at the top of a file, with the line each key stands in."""

    def __init__(self, path: Path, text: str) -> None:
        self.path, self.text = path, text
        lines = text.splitlines()
        count = next((n for n, line in enumerate(lines) if not line.startswith("#+")), len(lines))
        if not count:
            raise ParseError("has no header; begin it with lines such as '#+ id: cq-01'.", source=str(path), line=1)
        self._yaml = "\n".join(line[3:] if line[2:3] == " " else line[2:] for line in lines[:count])
        self.values, self.lines = self._read()
        self._check_keys()

    def _read(self) -> tuple[dict[str, Any], dict[str, int]]:
        try:
            node = yaml.compose(self._yaml, Loader=yaml.SafeLoader)
            values = yaml.safe_load(self._yaml)
        except yaml.MarkedYAMLError as problem:
            line = problem.problem_mark.line + 1 if problem.problem_mark else 1
            message = f"the header is not YAML ({problem.problem}); put text with a colon in quotes."
            raise ParseError(message, source=str(self.path), line=line) from problem
        if not isinstance(values, dict):
            raise ParseError("the header is not a list of 'key: value' lines.", source=str(self.path), line=1)
        return values, dict(_key_lines(node))

    def _check_keys(self) -> None:
        for key in self.values:
            if key not in _KEYS:
                self.fail(f"unknown key {key!r}; the keys are {', '.join(_KEYS)}.", str(key))
        for key in _REQUIRED:
            if not self.values.get(key):
                self.fail(f"the header has no {key!r}; add a line '#+ {key}: …'.")

    def fail(self, message: str, key: str = "") -> NoReturn:
        """Raise ParseError at the line of `key`."""
        raise ParseError(message, source=str(self.path), line=self.lines.get(key, 1))

    def question(self, slug: str) -> Question:
        """Return the question this header describes."""
        values = self.values
        return Question(
            id=values["id"], slug=slug, question=str(values["question"]), method=str(values["method"]),
            audience=self._words("audience"), tags=self._words("tags"), params=tuple(self._parameters()),
            text=self.text, path=self.path, chart=values.get("chart"), empty=values.get("empty"),
        )

    def _words(self, key: str) -> tuple[str, ...]:
        value = self.values.get(key) or []
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            self.fail(f"{key!r} must be a list such as [researcher, policy].", key)
        return tuple(value)

    def _parameters(self) -> Iterator[Parameter]:
        params = self.values.get("params") or {}
        if not isinstance(params, dict):
            self.fail("'params' must hold one line per parameter: 'name: {label: …, from: …}'.", "params")
        for name, value in params.items():
            yield self._parameter(str(name), value)

    def _parameter(self, name: str, value: Any) -> Parameter:
        key = f"params.{name}"
        if name.startswith("_"):
            self.fail(f"parameter {name!r} begins with an underscore, as what a page's address says of its view; rename it.", key)
        if not isinstance(value, dict) or not {"label", "from"} <= value.keys():
            self.fail(f"parameter {name!r} needs a label and a from, such as {{label: Case, from: trop:Case}}.", key)
        unknown = [each for each in value if each not in _PARAMETER_KEYS]
        if unknown:
            self.fail(f"parameter {name!r} has the unknown key {unknown[0]!r}; "
                      f"the keys are {', '.join(_PARAMETER_KEYS)}.", key)
        default = self._default(str(value.get("default") or ""), key)
        if default is None and not value.get("optional"):
            self.fail(f"parameter {name!r} needs a default, or 'optional: true'.", key)
        return Parameter(name, str(value["label"]), str(value["from"]).strip(), bool(value.get("optional")), default,
                         value.get("definition"))

    def _default(self, text: str, key: str) -> URIRef | None:
        try:
            return prefixes.expand(text) if text else None
        except UsageError as problem:
            self.fail(str(problem), key)


def _key_lines(node: yaml.Node | None, parent: str = "") -> Iterator[tuple[str, int]]:
    """Yield each key (nested ones as `params.name`) with the line it stands in, from 1."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = f"{parent}{key.value}"
            yield name, key.start_mark.line + 1
            if not parent:
                yield from _key_lines(value, f"{name}.")


def _check_blocks(question: Question) -> None:
    """Raise ParseError unless each parameter has a VALUES block that holds its default, and each block a parameter."""
    declared = {parameter.name: parameter for parameter in question.params}
    blocks = list(BLOCK.finditer(question.text))
    for name in declared.keys() - {block[2] for block in blocks}:
        _fail(question, f"parameter {name!r} has no block 'VALUES ?_{name} {{ … }}' in the query; add it.")
    for block in blocks:
        parameter = declared.get(block[2])
        if parameter is None:
            _fail(question, f"the block of ?_{block[2]} has no parameter {block[2]!r} under 'params'; add it.", block)
        if not _holds(block[3], parameter.default):
            told = f"does not hold {serialised(parameter.default)} as the header says; make them agree."
            _fail(question, f"the block of ?_{parameter.name} {told}", block)


def _holds(block: str, term: URIRef | None) -> bool:
    """Say whether a VALUES block as written in a file holds `term` and nothing else."""
    if block.strip().upper() == "UNDEF":
        return term is None
    try:
        return prefixes.expand(block) == term
    except UsageError:
        return False


def _fail(question: Question, message: str, block: re.Match[str] | None = None) -> NoReturn:
    line = question.text.count("\n", 0, block.start()) + 1 if block else 1
    raise ParseError(message, source=str(question.path), line=line)
