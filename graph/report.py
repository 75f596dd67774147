"""A validation report: what was looked at, what was found, and both as text, JSON and Turtle."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rdflib import RDF, SH, BNode, Literal, URIRef
from rdflib.util import from_n3

from graph.formats import Term, Triple, by_key, serialise
from graph.prefixes import shorten

VIOLATION, WARNING, INFO = "Violation", "Warning", "Info"
SEVERITIES = (VIOLATION, WARNING, INFO)


@dataclass(frozen=True)
class Result:
    """One thing that is not as it should be.

    `focus` is the thing and `path` the property, in short form, None where the whole thing is meant; `value` is the
    value at fault, None where one is missing. `message` says what is wrong and what to do. `shape` is the shape that
    says so, None where the check is no shape's. `source` and `line` are the file and where in it the description of the
    thing begins, None where not known.
    """

    focus: Term
    path: str | None
    value: Term | None
    severity: str
    message: str
    shape: URIRef | None
    source: Path | None
    line: int | None

    def as_text(self) -> str:
        """Return `file:line: Severity: thing property: message (value)`, as compilers write it."""
        place = ":".join(str(part) for part in (self.source, self.line) if part is not None)
        subject = " ".join(part for part in (_short(self.focus), self.path) if part)
        value = f" ({_short(self.value)})" if self.value is not None else ""
        return f"{place + ': ' if place else ''}{self.severity}: {subject}: {self.message}{value}"


@dataclass(frozen=True)
class Report:
    """The outcome of one validation.

    `shapes` counts the shapes loaded, `focus_nodes` the things that a shape looked at, `constraints` how often one was
    held against a thing; `files` are the files looked at. `left` names the shapes that pySHACL evaluated, because they
    could not be compiled.
    """

    results: tuple[Result, ...]
    shapes: int
    focus_nodes: int
    constraints: int
    files: tuple[Path, ...]
    left: tuple[URIRef, ...] = ()

    @property
    def conforms(self) -> bool:
        """True if nothing is violated and something was looked at."""
        return self.focus_nodes > 0 and not any(each.severity == VIOLATION for each in self.results)

    def summary(self) -> str:
        """Return the verdict and what it rests on, in one or two sentences."""
        looked = (
            f"{_counted(self.focus_nodes, 'thing')} in {_counted(len(self.files), 'file')} held against"
            f" {_counted(self.constraints, 'constraint')} of {_counted(self.shapes, 'shape')}."
        )
        if not self.focus_nodes:
            remedy = "give things one of the project's types, such as trop:Case, and see that shapes/ is whole"
            return f"Nothing was checked, so nothing is known to be right; {remedy}: {looked}"
        found = Counter(each.severity for each in self.results)
        counts = ", ".join(_counted(found[each], each.lower()) for each in SEVERITIES if found[each])
        return f"{'Valid' if self.conforms else 'Not valid'}{': ' + counts if counts else ''}; {looked}"

    def as_text(self) -> str:
        """Return one line per result and the summary, for a terminal."""
        left = f"Evaluated by pySHACL and not compiled: {', '.join(map(shorten, self.left))}." if self.left else None
        return "\n".join([*(each.as_text() for each in self.results), *filter(None, [left]), self.summary()]) + "\n"

    def as_json(self) -> str:
        """Return the whole report as JSON; terms are written as in N-Triples, so that `from_json` gives them back."""
        content = {
            "conforms": self.conforms, "shapes": self.shapes, "focusNodes": self.focus_nodes,
            "constraints": self.constraints, "files": [str(each) for each in self.files],
            "results": [_to_json(each) for each in self.results],
        }  # fmt: skip
        if self.left:
            content["evaluatedByPySHACL"] = [str(each) for each in self.left]
        return json.dumps(content, ensure_ascii=False, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Report:
        """Read what `as_json` wrote. Raises ValueError, KeyError or TypeError where it did not."""
        content = json.loads(text)
        results = tuple(_from_json(each) for each in content["results"])
        files = tuple(Path(each) for each in content["files"])
        left = tuple(URIRef(each) for each in content.get("evaluatedByPySHACL", ()))
        counts = (int(content[each]) for each in ("shapes", "focusNodes", "constraints"))
        return cls(results, *counts, files, left)

    def as_turtle(self) -> str:
        """Return a sh:ValidationReport (https://www.w3.org/TR/shacl/#validation-report) in Turtle."""
        return serialise(self._triples(), by_key("ttl")).decode("utf-8")

    def _triples(self) -> Iterator[Triple]:
        report = BNode("report")
        yield report, RDF.type, SH.ValidationReport
        yield report, SH.conforms, Literal(self.conforms)
        for number, each in enumerate(self.results, start=1):
            result = BNode(f"result{number}")
            yield report, SH.result, result
            yield from _described(result, each)


def merged(reports: Sequence[Report]) -> Report:
    """Return one report of several validations made with the same shapes."""
    return Report(
        results=tuple(result for report in reports for result in report.results),
        shapes=max((report.shapes for report in reports), default=0),
        focus_nodes=sum(report.focus_nodes for report in reports),
        constraints=sum(report.constraints for report in reports),
        files=tuple(file for report in reports for file in report.files),
        left=tuple(dict.fromkeys(each for report in reports for each in report.left)),
    )


def _described(node: BNode, result: Result) -> Iterator[Triple]:
    yield node, RDF.type, SH.ValidationResult
    yield node, SH.focusNode, result.focus
    yield node, SH.resultSeverity, SH[result.severity]
    yield node, SH.resultMessage, Literal(result.message, lang="en")
    if result.shape is not None:
        yield node, SH.sourceShape, result.shape
    if result.value is not None:
        yield node, SH.value, result.value


def _to_json(result: Result) -> dict[str, str | int | None]:
    return {
        "focus": result.focus.n3(),
        "path": result.path,
        "value": result.value.n3() if result.value is not None else None,
        "severity": result.severity,
        "message": result.message,
        "shape": str(result.shape) if result.shape else None,
        "source": str(result.source) if result.source else None,
        "line": result.line,
    }


def _from_json(content: dict[str, str]) -> Result:
    line, shape, source = content["line"], content["shape"], content["source"]
    return Result(
        focus=from_n3(content["focus"]),
        path=content["path"],
        value=from_n3(content["value"]) if content["value"] else None,
        severity=content["severity"],
        message=content["message"],
        shape=URIRef(shape) if shape else None,
        source=Path(source) if source else None,
        line=int(line) if line else None,
    )


def _short(term: Term) -> str:
    return shorten(term) if isinstance(term, URIRef) else term.n3()


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
