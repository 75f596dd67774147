"""Checks that ask the reasoner: profiles, consistency, inferences that nobody wrote, and whether the rules agree."""

from __future__ import annotations

from collections.abc import Iterator

from rdflib import OWL, RDF, RDFS, URIRef

from graph import infer
from graph.checks.examination import examine, readable, where
from graph.checks.registry import Ledger, check
from graph.checks.tree import Tree
from graph.embedded import ScratchStore
from graph.prefixes import BASE, shorten

_EVERYTHING = URIRef(BASE + "graph/everything")
_AT_MOST, _LONGEST = 10, 300  # one wrong declaration breaks every axiom that uses the term
_CLASH = "the ontology with its data contradicts itself"


@check(5, "OWL 2 DL", "axioms", reasoner=True)
def owl_dl(tree: Tree, ledger: Ledger) -> None:
    """Ask the OWL API for violations of OWL 2 DL in modules and data together."""
    _profile(tree, ledger, "dl", "OWL 2 DL")


@check(6, "OWL 2 RL", "axioms", reasoner=True)
def owl_rl(tree: Tree, ledger: Ledger) -> None:
    """Ask the OWL API for violations of OWL 2 RL, the profile that the rules follow."""
    _profile(tree, ledger, "rl", "OWL 2 RL")


def _profile(tree: Tree, ledger: Ledger, key: str, name: str) -> None:
    found = examine(tree, whole=True)
    ledger.see(found.axioms)
    told = sorted(found.violations[key])
    for each in told[:_AT_MOST]:
        text = f"breaks {name}: {readable(each)[:_LONGEST]}; declare what is used, or say it within the profile."
        ledger.fault(f"{where(tree, [each])}: {text}")
    if len(told) > _AT_MOST:
        ledger.fault(
            f"ontology: breaks {name} in {len(told) - _AT_MOST} more axioms; mend the first and run the check again."
        )


@check(7, "consistent, and every class can have members", "classes", reasoner=True)
def consistent(tree: Tree, ledger: Ledger) -> None:
    """Ask HermiT whether modules and data agree and which classes can have no member, each with the axioms to blame."""
    found = examine(tree, whole=False)
    ledger.see(len(tree.classes))
    if not found.consistent:
        guilty = sorted(found.guilty.get(OWL.Thing, []))
        ledger.fault(f"{where(tree, guilty)}: {_CLASH}{_because(guilty)}")
    for each in sorted(found.guilty.keys() - {OWL.Thing}):
        ledger.fault(f"{tree.home(each)}: {shorten(each)} can have no member{_because(found.guilty[each])}", term=each)


def _because(axioms: list[str]) -> str:
    if not axioms:
        return "; undo the last change of its axioms."
    return f", because of {' and '.join(map(readable, sorted(axioms)))}; take one of these back."


@check(8, "no inferred hierarchy that is not written down", "classes", reasoner=True)
def hierarchy(tree: Tree, ledger: Ledger) -> None:
    """Ask HermiT for own classes that are the same, and for direct superclasses that no axiom states."""
    found = examine(tree, whole=True)
    if not found.consistent:
        ledger.fault(f"ontology: {_CLASH}, so everything follows from it; mend that first.")
        return
    own = set(tree.classes)
    ledger.see(len(own))
    for pair in sorted(map(sorted, found.equivalent)):
        if own.issuperset(pair):
            one, other = pair
            text = (
                f"{shorten(one)} and {shorten(other)} have the same members by logic; correct an axiom of one of them."
            )
            ledger.fault(f"{tree.home(one)}: {text}", term=one)
    stated = set(_stated(tree))
    for child, parent in sorted(found.parents - stated):
        if child in own and parent in own:
            text = f"{shorten(child)} is a {shorten(parent)} by logic; state rdfs:subClassOf or correct the axioms."
            ledger.fault(f"{tree.home(child)}: {text}", term=child)


def _stated(tree: Tree) -> Iterator[tuple[URIRef, URIRef]]:
    """Yield class and superclass as axioms state them: by rdfs:subClassOf, or as a named part of a definition."""
    graph = tree.terms_graph
    yield from graph.subject_objects(RDFS.subClassOf)
    for named, expression in graph.subject_objects(OWL.equivalentClass):
        for parts in graph.objects(expression, OWL.intersectionOf):
            yield from ((named, part) for part in graph.items(parts) if isinstance(part, URIRef))


@check(9, "rules and reasoner find the same members", "members of defined classes", reasoner=True)
def same_members(tree: Tree, ledger: Ledger) -> None:
    """Compare, for each defined class, the members that HermiT finds with those that the rules find."""
    found = examine(tree, whole=False)
    if not found.consistent:
        ledger.fault(f"ontology: {_CLASH}, so everything is a member of everything; mend that first.")
        return
    by_rules = _members_by_rules(tree)
    for named, members in sorted(found.members.items()):
        ledger.see(len(members))
        for one in sorted(members ^ by_rules.get(named, set())):
            who = "the reasoner and not the rules" if one in members else "the rules and not the reasoner"
            text = f"{shorten(one)} is a {shorten(named)} to {who}; define the class by names and owl:hasValue."
            ledger.fault(f"{tree.home(named)}: {text}", term=named)


def _members_by_rules(tree: Tree) -> dict[URIRef, set[URIRef]]:
    members: dict[URIRef, set[URIRef]] = {}
    with ScratchStore() as store:
        store.replace({_EVERYTHING: list(tree.whole)})
        derived = infer.close(store, infer.rules(tree.terms_graph))
    for one, named in (*tree.whole.subject_objects(RDF.type), *((s, o) for s, p, o in derived if p == RDF.type)):
        members.setdefault(named, set()).add(one)
    return members
