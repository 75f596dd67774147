"""Writes the terms of the release that is being made into `ontology/terms-<version>.csv`.

Run it as `python -m graph.checks.terms` when a release is made; check 20 holds every later one to the list.
"""

from __future__ import annotations

from graph import resources
from graph.checks.releases import terms_as_csv
from graph.checks.tree import Tree

if __name__ == "__main__":
    tree = Tree.packaged()
    (tree.ontology / f"terms-{resources.version()}.csv").write_text(terms_as_csv(tree), encoding="utf-8")
