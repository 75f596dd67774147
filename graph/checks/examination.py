"""What the OWL API and HermiT say of the ontology with all its data, asked by one start of Java.

The program is `OwlCheck.java`, run from source on the jar that owlready2 carries. Without a Java that can compile,
HermiT alone is asked through `graph.ontology.classify`, and what only the program can tell stays unknown.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from rdflib import OWL, Graph, URIRef

from graph import ontology
from graph.checks.tree import Tree
from graph.errors import OntologyError, ReasonerMissing
from graph.formats import Triple, by_key, serialise
from graph.prefixes import BASE, shorten

PROGRAM = Path(__file__).with_name("OwlCheck.java")
MERGED = URIRef(BASE + "ontology/merged")

_NO_COMPILER = (
    "not run: it needs a Java that compiles; install a JDK 11 or newer, such as Debian's default-jdk-headless"
)
_SECONDS = 300
_IRI = re.compile(r"<([^<>\s]+)>")


@dataclass
class Examination:
    """What was found. `guilty` gives by unsatisfiable class the axioms that make it so, by owl:Thing those of a clash.

    `violations` (by profile, "dl" and "rl"), `equivalent` and `parents` are None where no program could be asked.
    """

    axioms: int = 0
    consistent: bool = False
    guilty: dict[URIRef, list[str]] = field(default_factory=dict)
    members: dict[URIRef, set[URIRef]] = field(default_factory=dict)
    violations: dict[str, list[str]] | None = None
    equivalent: set[frozenset[URIRef]] | None = None
    parents: set[tuple[URIRef, URIRef]] | None = None


def examine(tree: Tree, *, whole: bool) -> Examination:
    """Return what the reasoner says of a tree; it is asked once. `whole`: what only the program can tell is wanted too.

    Raises ReasonerMissing, saying what to install, and OntologyError where the ontology cannot be loaded or classified.
    """
    ontology.closure(tree.ontology)
    if "examination" not in tree.memo:
        tree.memo["examination"] = _first(tree)
    found = tree.memo["examination"]
    if isinstance(found, OntologyError):
        raise found
    if whole and found.violations is None:
        raise ReasonerMissing(_NO_COMPILER)
    return found


def _first(tree: Tree) -> Examination | OntologyError:
    """Ask; an error is kept as an answer is, so that five checks do not wait for it five times."""
    java = ontology.find_compiler()
    try:
        return _asked(java, tree) if java else _classified(tree.whole)
    except OntologyError as error:
        return error


def merged(tree: Tree) -> list[Triple]:
    """Return modules and data as one ontology: one header for all, and nothing left to import."""
    headers = set(tree.headers)
    left_out = (OWL.imports, OWL.versionIRI)
    triples = (triple for triple in tree.whole if not (triple[0] in headers and triple[1] in left_out))
    return [(MERGED if s in headers else s, p, o) for s, p, o in triples]


def _asked(java: Path, tree: Tree) -> Examination:
    with tempfile.TemporaryDirectory(prefix="tropico-") as folder:
        # RDF/XML: the Turtle parser of this OWL API does not read every prefixed name
        file = Path(folder) / "merged.rdf"
        file.write_bytes(serialise(merged(tree), by_key("rdf")))
        return _read(_output(java, file))


def _output(java: Path, file: Path) -> str:
    options = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Dfile.encoding=UTF-8"]
    command = [java, *options, "-cp", ontology.hermit_jar(), PROGRAM, file]
    try:
        done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise OntologyError(
            f"HermiT did not answer within {_SECONDS} seconds; undo the last axiom that was added."
        ) from None
    if done.returncode:
        raise OntologyError(ontology.explained(done.stderr))
    return done.stdout


def _read(output: str) -> Examination:
    """Turn the lines of the program into what they say."""
    found = Examination(violations={"dl": [], "rl": []}, equivalent=set(), parents=set())
    last = OWL.Thing
    for line in output.splitlines():
        fact, *rest = line.split("\t")
        iris = [URIRef(each) for each in rest]
        if fact == "axioms":
            found.axioms = int(rest[0])
        elif fact in ("dl", "rl"):
            found.violations[fact].append(rest[0])
        elif fact == "consistent":
            found.consistent = rest[0] == "true"
        elif fact == "unsatisfiable":
            last = iris[0]
            found.guilty[last] = []
        elif fact == "because":
            found.guilty.setdefault(last, []).append(rest[0])
        elif fact == "equivalent":
            found.equivalent.add(frozenset(iris))
        elif fact == "parent":
            found.parents.add((iris[0], iris[1]))
        elif fact == "defined":
            found.members[iris[0]] = set()
        elif fact == "member":
            found.members[iris[0]].add(iris[1])
    return found


def _classified(whole: Graph) -> Examination:
    said = ontology.classify(whole)
    members = {named: set(instances) for named, instances in said.instances.items()}
    return Examination(len(whole), said.consistent, {each: [] for each in said.unsatisfiable}, members)


def readable(axiom: str) -> str:
    """Return an axiom as the OWL API writes it, with short names."""
    return _IRI.sub(lambda found: shorten(found[1]), axiom)


def where(tree: Tree, axioms: Iterable[str]) -> str:
    """Return where the first thing or term that axioms name is described; data is looked for before the ontology."""
    named = [URIRef(found[1]) for each in axioms for found in _IRI.finditer(each)]
    described = [each for each in named if tree.is_described(each)]
    return tree.home(min(described, key=lambda each: each in tree.terms)) if described else "ontology"
