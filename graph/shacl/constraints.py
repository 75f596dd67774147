"""What each constraint component finds wrong when it is held against a whole set of focus nodes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping

from rdflib import SH, URIRef
from rdflib.term import Node as RdfNode

from graph.shacl import rules
from graph.shacl.model import Shape
from graph.shacl.results import messages_of
from graph.shacl.task import Hit, Nodes, Task
from graph.shacl.values import JUDGED, below, judgements
from graph.workbench import LITERAL, Node, holding

def hits(task: Task, name: str) -> Iterator[Hit]:
    if name in JUDGED:
        return _judged(task, name)
    return _RULES[name](task)


def _judged(task: Task, name: str) -> Iterator[Hit]:
    """Test each value once, however many focus nodes have it."""
    term = task.bench.term
    for conforms in judgements(task.shape, name):
        known: dict[Node, bool] = {}
        for focus, value in task.pairs:
            good = known.get(value)
            if good is None:
                good = known[value] = conforms(term(value))
            if not good:
                yield Hit(focus, value, name)


def _class(task: Task) -> Iterator[Hit]:
    for top in task.shape.values(SH["class"]):
        members = task.over.instances(top)
        yield from (Hit(focus, value, "class") for focus, value in task.pairs if value not in members)


def _min_count(task: Task) -> Iterator[Hit]:
    least = int(task.shape.values(SH.minCount)[0])
    query = rules.without_value(task.focus.pattern, task.shape) if least == 1 and not task.needs_pairs else None
    if query is not None:
        yield from (Hit(focus, None, "minCount") for (focus,) in task.rows(query))
    elif least > 0:
        enough = {focus for focus, number in task.numbers.items() if number >= least}
        yield from (Hit(focus, None, "minCount") for focus in task.focus.nodes - enough)


def _max_count(task: Task) -> Iterator[Hit]:
    most = int(task.shape.values(SH.maxCount)[0])
    if task.needs_pairs:
        found = (focus for focus, number in task.numbers.items() if number > most)
    else:
        found = (row[0] for row in task.rows(rules.counted(task.focus.pattern, task.shape, f"> {most}")))
    yield from (Hit(focus, None, "maxCount") for focus in found)


def _has_value(task: Task) -> Iterator[Hit]:
    for each in task.shape.values(SH.hasValue):
        wanted = task.bench.stored(each)
        if task.shape.path is None:
            having: Nodes = {wanted}
        else:
            having = {row[0] for row in task.rows(rules.with_value(task.focus.pattern, task.shape, str(wanted)))}
        yield from (Hit(focus, None, "hasValue") for focus in task.focus.nodes - having)


def _unique_lang(task: Task) -> Iterator[Hit]:
    if not task.shape.values(SH.uniqueLang)[0].value:
        return
    for focus, values in task.by_focus.items():
        if len(values) > 1:
            tags = Counter(each.language.lower() for each in values if isinstance(each, LITERAL) and each.language)
            yield from (Hit(focus, None, "uniqueLang") for number in tags.values() if number > 1)


def _others(task: Task, predicate: RdfNode) -> dict[Node, set[Node]]:
    found: dict[Node, set[Node]] = defaultdict(set)
    for focus, value in task.rows(rules.other_values(task.focus.pattern, predicate)):
        found[focus].add(value)
    return found


def _equals(task: Task) -> Iterator[Hit]:
    for predicate in task.shape.values(SH.equals):
        others = _others(task, predicate)
        for focus, values in task.by_focus.items():
            yield from (Hit(focus, value, "equals") for value in set(values) ^ others.get(focus, set()))


def _disjoint(task: Task) -> Iterator[Hit]:
    for predicate in task.shape.values(SH.disjoint):
        others = _others(task, predicate)
        for focus, value in task.pairs:
            if value in others.get(focus, ()):
                yield Hit(focus, value, "disjoint")


def _less(name: str) -> Callable[[Task], Iterator[Hit]]:
    def found(task: Task) -> Iterator[Hit]:
        term = task.bench.term
        for predicate in task.shape.values(SH[name]):
            others = _others(task, predicate)
            for focus, value in task.pairs if others else ():
                for other in others.get(focus, ()):
                    if not below(term(value), term(other), or_equal=name == "lessThanOrEquals"):
                        yield Hit(focus, value, name)

    return found


def _logical(name: str, wrong: Callable[[int, int], bool]) -> Callable[[Task], Iterator[Hit]]:
    """Return a rule on how many of the shapes of a list a value may conform to; `wrong` is given that and how many there are."""

    def found(task: Task) -> Iterator[Hit]:
        for members in task.shape.values(SH[name]):
            inner = list(task.shape.graph.items(members))
            failures = Counter(value for each in inner for value in task.failing(each))
            for focus, value in task.pairs:
                if wrong(len(inner) - failures[value], len(inner)):
                    yield Hit(focus, value, name)

    return found


def _not(task: Task) -> Iterator[Hit]:
    for each in task.shape.values(SH["not"]):
        failing = task.failing(each)
        yield from (Hit(focus, value, "not") for focus, value in task.pairs if value not in failing)


def _node(task: Task) -> Iterator[Hit]:
    for each in task.shape.values(SH.node):
        failing = task.failing(each)
        if failing:
            yield from (Hit(focus, value, "node") for focus, value in task.pairs if value in failing)


def _qualified(task: Task) -> Iterator[Hit]:
    shape = task.shape
    least = next((int(each) for each in shape.values(SH.qualifiedMinCount)), 0)
    most = next((int(each) for each in shape.values(SH.qualifiedMaxCount)), None)
    for each in shape.values(SH.qualifiedValueShape):
        siblings = _siblings(shape, each)
        failing = set(task.failing(each))
        for other in siblings:  # what conforms to a sibling does not count
            failing |= task.values.nodes - task.failing(other)
        for focus, values in task.by_focus.items():
            number = sum(value not in failing for value in values)
            if most is not None and number > most:
                yield Hit(focus, None, "qualifiedMaxCount")
            if number < least:
                yield Hit(focus, None, "qualifiedMinCount")


def _siblings(shape: Shape, qualified: RdfNode) -> set[RdfNode]:
    graph = shape.graph
    if not any(each.value for each in shape.values(SH.qualifiedValueShapesDisjoint)):
        return set()
    beside = {each for parent in graph.subjects(SH.property, shape.node) for each in graph.objects(parent, SH.property)}
    return {other for each in beside for other in graph.objects(each, SH.qualifiedValueShape)} - {qualified}


def _closed(task: Task) -> Iterator[Hit]:
    shape, graph = task.shape, task.shape.graph
    if not shape.values(SH.closed)[0].value:
        return
    ignored = {each for members in shape.values(SH.ignoredProperties) for each in graph.items(members)}
    declared = {path for each in shape.values(SH.property) for path in graph.objects(each, SH.path)}
    allowed: Iterable[RdfNode] = sorted(each for each in ignored | declared if isinstance(each, URIRef))
    for focus, _, path, value in task.rows(rules.beyond(task.focus.pattern, shape, allowed)):
        yield Hit(focus, value, "closed", path)


def _sparql(task: Task) -> Iterator[Hit]:
    for constraint in task.shape.values(SH.sparql):
        graph = task.shape.graph
        if not any(each.value for each in graph.objects(constraint, SH.deactivated)):
            before, after = rules.query_of(task.shape, constraint)
            answer = task.bench.named_rows(f"{before} {holding(task.focus.name, '?this')} {after}")
            yield from (_asked(task, constraint, row) for row in answer)


def _asked(task: Task, constraint: RdfNode, row: Mapping[str, Node]) -> Hit:
    focus = row["this"]
    value = row.get("value", focus if task.shape.path is None else None)
    told = row if value is None else {**row, "value": value}
    known = {name: task.bench.term(each) for name, each in told.items()}
    return Hit(focus, value, "sparql", row.get("path"), messages_of(task.shape, "sparql", constraint, known))


_RULES: dict[str, Callable[[Task], Iterator[Hit]]] = {
    "class": _class, "minCount": _min_count, "maxCount": _max_count, "hasValue": _has_value, "uniqueLang": _unique_lang,
    "equals": _equals, "disjoint": _disjoint, "lessThan": _less("lessThan"), "lessThanOrEquals": _less("lessThanOrEquals"),
    "not": _not, "node": _node, "qualifiedValueShape": _qualified, "closed": _closed, "sparql": _sparql,
    "and": _logical("and", lambda passed, of: passed < of), "or": _logical("or", lambda passed, of: passed < 1),
    "xone": _logical("xone", lambda passed, of: passed != 1),
}  # fmt: skip
