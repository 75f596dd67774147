"""The ontology's gate: numbered checks of the files in ontology/, shapes/, data/ and queries/.

`run(tree, reasoner)` returns one outcome per check. Each module of FAMILIES registers its checks when it is imported.
"""

from __future__ import annotations

from graph.checks import (
    fair,
    files,
    imports,
    names,
    pitfalls,
    pitfalls_of_properties,
    reasoning,
    releases,
    robot,
    serialisations,
    shapes,
    words,
)
from graph.checks.registry import CHECKS, Check, Outcome, run
from graph.checks.tree import Tree

__all__ = ["CHECKS", "FAMILIES", "Check", "Outcome", "Tree", "run"]

FAMILIES = (
    files,
    imports,
    reasoning,
    words,
    names,
    pitfalls,
    pitfalls_of_properties,
    robot,
    releases,
    shapes,
    fair,
    serialisations,
)
