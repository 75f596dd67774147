"""The part of the bench on inference: the closure by the ontology's own axioms beside owlrl's under OWL RL.

Ours runs within an engine that holds the statements; owlrl works on an rdflib graph of the same. owlrl derives more, about terms and
about what equals itself, so that the two are compared in what they take and not in what they give.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

from isolated import Absent, clocked
from lines import Claim, Line
from plan import Plan, line, peak
from validating import in_rdflib, statements

FASTER = Claim("faster", 50)
_CLAIMED = 100_000  # the one size the claim is made for; owlrl is not asked above it


def lines(plan: Plan) -> Iterator[Line]:
    """Yield the lines of this part."""
    for size in plan.sizes:
        path = {"path": plan.made(size) / "synthetic.nt"}
        names = ("closure", "by_owlrl") if size <= _CLAIMED else ("closure",)
        ours, *rest = plan.rounds_of(size, *(("inferring", each, path) for each in names))
        peer = f"owlrl {version('owlrl')}" if rest else ""
        claim = FASTER if size == _CLAIMED else None
        note = next((f"{each.figures['derived']:,} derived" for each in ours if each.figures), "")
        yield line("infer", "closure, whole", size, ours, peer, rest[0] if rest else None, claim=claim, note=note)
        yield line("memory", "peak of a closure", size, ours, peer, rest[0] if rest else None, figure=peak, unit="MB")


def closure(path: str) -> dict[str, Any]:
    """Ours, in a store in memory that holds the statements."""
    from graph import infer
    from graph.embedded import ScratchStore
    from graph.prefixes import graph_name

    triples = list(statements(path))
    rules = infer.rules(infer.axioms(triples))
    with ScratchStore() as store:
        store.replace({graph_name("local/x"): triples})
        figures, derived = clocked(lambda: infer.close(store, rules))
    return figures | {"derived": len(derived)}


def by_owlrl(path: str) -> dict[str, Any]:
    """owlrl, in a graph of rdflib's that holds the statements."""
    try:
        import owlrl
    except ImportError:
        raise Absent("owlrl is not installed; pip install 'tropico-kg[bench]'") from None
    graph = in_rdflib(path)
    before = len(graph)
    figures, _ = clocked(lambda: owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph))
    return figures | {"derived": len(graph) - before}
