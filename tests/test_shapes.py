"""The shapes are whole, say what is wrong in plain words, and each of them catches the fault it is there for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from rdflib import OWL, RDF, RDFS, SH, SKOS, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from graph import formats, ontology, resources, validate
from graph.prefixes import BASE, ONTOLOGY, TROP, shorten

SHAPE = BASE + "shape/"
CASES = Path(__file__).parent / "cases"
VALID = sorted((CASES / "valid").glob("*.ttl"))
INVALID = sorted((CASES / "invalid").glob("*.ttl"))
SAVED = b"""PREFIX ex: <https://example.org/>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX trop: <https://w3id.org/tropico-kg/ontology#>
PREFIX vann: <http://purl.org/vocab/vann/>
ex:data a owl:Ontology ; vann:preferredNamespacePrefix "ex" .
trop:hasRating a owl:ObjectProperty .
trop:CodedObservation a owl:Class .
ex:Kind a owl:Class ; rdfs:isDefinedBy ex:data .
ex:role a skos:Concept ; skos:inScheme ex:roles .
ex:roles a skos:ConceptScheme .
ex:coder a prov:Person ; rdfs:label "Example coder"@en .
"""
EXPECT = re.compile(r"# expect: ([\w-]+)(?:, also ([\w-]+(?:, [\w-]+)*))?")

TO_ONE = (SH["not"], SH.node, SH.qualifiedValueShape)
TO_SEVERAL = (SH["and"], SH["or"], SH.xone)
TARGETS = (SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf, SH.targetNode)
DESCRIBES = {RDF.type, SH.name, SH.description, SH.message, SH.severity, SH.path, SH.property, SH.flags, *TARGETS}
# the place of a rating on its scale: a property of concepts, of which these shapes look at what all of them have
OF_CONCEPTS = {TROP.level}


@pytest.fixture(scope="module")
def shapes() -> Graph:
    return validate.shapes()


@pytest.fixture(scope="module")
def terms() -> Graph:
    """The ontology with its schemes."""
    return ontology.load()


@pytest.fixture(scope="module")
def data() -> tuple[formats.Document, ...]:
    return tuple(formats.read(path) for path in ontology.files_in(resources.folder("data")))


@pytest.fixture(scope="module")
def modules() -> tuple[formats.Document, ...]:
    """Every file of the ontology, with the alignments that its root does not import."""
    return tuple(formats.read(path) for path in ontology.files_in(resources.folder("ontology")))


def shape_nodes(shapes: Graph) -> set[Node]:
    return {s for kind in (SH.NodeShape, SH.PropertyShape) for s in shapes.subjects(RDF.type, kind)}


def reporting(shapes: Graph) -> set[Node]:
    """Return the shapes whose name a report can show: those with a target and the property shapes they list."""
    targeted = {shape for predicate in TARGETS for shape in shapes.subjects(predicate)}
    return targeted | set(shapes.objects(None, SH.property))


def constrained(shapes: Graph) -> set[str]:
    """Return the local names of the reporting shapes that demand something themselves."""
    return {local(s) for s in reporting(shapes) if set(shapes.predicates(s)) - DESCRIBES}


def local(shape: Node | None) -> str:
    return str(shape).removeprefix(SHAPE)


def expectation(path: Path) -> tuple[str, set[str]]:
    """Read from the first line of an invalid file which shape must report, and which ones all together."""
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    match = EXPECT.fullmatch(first)
    assert match, f"{path.name} does not begin with '# expect: <shape>[, also <shape>, …]': {first}"
    return match[1], {match[1], *(match[2].split(", ") if match[2] else ())}


def paths(shapes: Graph, shape: Node) -> set[Node]:
    """Return the properties that stand in the path of a property shape."""
    return properties(shapes, shapes.value(shape, SH.path))


def properties(shapes: Graph, path: Node) -> set[Node]:
    if not isinstance(path, BNode):
        return {path}
    if (path, RDF.first, None) in shapes:
        return {each for step in shapes.items(path) for each in properties(shapes, step)}
    return {each for value in shapes.objects(path) for each in properties(shapes, value)}


def all_paths(shapes: Graph) -> set[Node]:
    return {each for shape in shapes.subjects(SH.path) for each in paths(shapes, shape)}


def strange_terms(graph: Graph) -> set[str]:
    """Return the terms in SHACL's namespace that SHACL does not have."""
    used = {t for triple in graph for t in triple if isinstance(t, URIRef) and t.startswith(str(SH))}
    return {str(term) for term in used if term not in SH}


def kinds_of(terms: Graph, cls: Node) -> set[Node]:
    return set(terms.transitive_subjects(RDFS.subClassOf, cls))


def targeted(terms: Graph, triples: Iterable[formats.Triple], predicate: Node, term: Node) -> set[Node]:
    """Return the focus nodes that a target finds in `triples`."""
    if predicate == SH.targetClass:
        kinds = kinds_of(terms, term)
        return {s for s, p, o in triples if p == RDF.type and o in kinds}
    if predicate == SH.targetNode:
        return {s for s, _, _ in triples if s == term}
    return {s if predicate == SH.targetSubjectsOf else o for s, p, o in triples if p == term}


def looked_at(shapes: Graph, terms: Graph, triples: Iterable[formats.Triple], family: str) -> set[Node]:
    """Return the focus nodes that every shape of a family with a target finds: Concept, or Term-label and its like."""
    triples = list(triples)
    found: dict[Node, set[Node]] = {}
    for predicate in TARGETS:
        for shape, term in shapes.subject_objects(predicate):
            if local(shape) == family or local(shape).startswith(f"{family}-"):
                found.setdefault(shape, set()).update(targeted(terms, triples, predicate, term))
    return set.intersection(*found.values())


# The shapes themselves


def test_every_shape_has_an_iri_of_its_own_and_one_home(shapes):
    homes: dict[Node, set[Path]] = {}
    for path in ontology.files_in(resources.folder("shapes")):
        for s, p, o in formats.read(path).triples:
            if p == RDF.type and o in (SH.NodeShape, SH.PropertyShape):
                homes.setdefault(s, set()).add(path)
    assert homes.keys() == shape_nodes(shapes) >= set(shapes.subjects(SH.path))
    assert not [s for s in homes if isinstance(s, BNode) or not re.fullmatch(re.escape(SHAPE) + r"\w+(-\w+)*", s)]
    assert not {local(s): files for s, files in homes.items() if len(files) > 1}
    assert len(homes) > 100


def test_every_shape_has_a_name_a_description_a_message_and_a_severity(shapes):
    for shape in shape_nodes(shapes):
        for predicate in (SH.name, SH.description, SH.message):
            found = list(shapes.objects(shape, predicate))
            assert len(found) == 1 and found[0].language == "en" and found[0].strip(), (local(shape), predicate)
        assert list(shapes.objects(shape, SH.severity)) in ([SH.Violation], [SH.Warning], [SH.Info]), local(shape)


def test_every_message_that_a_report_shows_tells_what_to_do(shapes):
    """Rule and remedy: two parts, joined by a colon, closed by a full stop."""
    names = constrained(shapes)
    messages = {local(s): str(shapes.value(s, SH.message)) for s in reporting(shapes) if local(s) in names}
    assert len(messages) > 80
    assert not [name for name, text in messages.items() if not re.fullmatch(r"[A-Z].{20,}: .{15,}\.", text)]


def test_every_shacl_term_is_one_that_shacl_has(shapes):
    """Validators pass over a misspelt term in silence."""
    assert not strange_terms(shapes)
    misspelt = Graph().add((URIRef(SHAPE + "X"), URIRef(str(SH) + "mincount"), Literal(1)))
    assert strange_terms(misspelt) == {str(SH) + "mincount"}


def test_no_shape_lies_about_unused(shapes):
    """A shape without target is listed by one with a target, or is a condition of such a one."""
    reached = reporting(shapes)
    waiting = list(reached)
    while waiting:
        shape = waiting.pop()
        used = {each for predicate in TO_ONE for each in shapes.objects(shape, predicate)}
        lists = [each for predicate in TO_SEVERAL for each in shapes.objects(shape, predicate)]
        used |= {each for members in lists for each in shapes.items(members)}
        waiting += used - reached
        reached |= used
    assert reached == shape_nodes(shapes)


# Shapes and ontology in step


def test_every_term_of_the_project_that_a_shape_names_is_declared(shapes, terms):
    ours = (ONTOLOGY, BASE + "concept/")  # str() below, because URIRef.startswith takes no tuple
    named = {t for triple in shapes for t in triple if isinstance(t, URIRef) and str(t).startswith(ours)}
    assert len(named) > 50
    assert not [shorten(term) for term in named if (term, RDF.type, None) not in terms]


def test_a_functional_property_is_given_at_most_once(shapes, terms):
    functional = set(terms.subjects(RDF.type, OWL.FunctionalProperty)) - OF_CONCEPTS
    limited = {p for s, _, n in shapes.triples((None, SH.maxCount, None)) if int(n) == 1 for p in paths(shapes, s)}
    assert len(functional) > 10
    assert not {shorten(each) for each in functional - limited}


def test_the_class_that_a_shape_demands_lies_within_the_range(shapes, terms):
    checked = 0
    for shape, cls in shapes.subject_objects(SH["class"]):
        for path in paths(shapes, shape) if (shape, SH.path, None) in shapes else ():
            for wide in terms.objects(path, RDFS.range):
                assert cls in kinds_of(terms, wide), (local(shape), shorten(wide))
                checked += 1
    assert checked > 30


def test_every_kind_of_thing_in_the_data_has_a_shape(shapes, terms, data):
    covered = {kind for cls in shapes.objects(None, SH.targetClass) for kind in kinds_of(terms, cls)}
    kinds = {o for each in data for _, p, o in each.triples if p == RDF.type}
    assert kinds
    assert not {shorten(kind) for kind in kinds - covered}


def test_every_property_of_the_ontology_stands_in_a_shape(shapes, terms):
    kinds = (OWL.ObjectProperty, OWL.DatatypeProperty)
    own = {p for kind in kinds for p in terms.subjects(RDF.type, kind) if p.startswith(ONTOLOGY)}
    assert len(own) > 50
    assert {shorten(each) for each in own - all_paths(shapes)} == {shorten(each) for each in OF_CONCEPTS}


def test_every_property_in_the_data_stands_in_a_shape(shapes, data):
    used = {p for each in data for _, p, _ in each.triples} - {RDF.type}
    assert used
    assert not {shorten(each) for each in used - all_paths(shapes)}


# What the shapes let pass and what they catch


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_a_valid_file_passes_without_a_word(path, shapes, terms):
    report = validate.validate([formats.read(path)], validate.context_of(terms), shapes)
    assert report.conforms and report.focus_nodes > 0, report.as_text()
    assert not report.results, report.as_text()


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_an_invalid_file_is_reported_by_the_shape_it_names_and_no_other(path, shapes, terms):
    named, expected = expectation(path)
    assert path.stem.startswith(named + "-")
    report = validate.validate([formats.read(path)], validate.context_of(terms), shapes)
    assert {local(each.shape) for each in report.results} == expected, report.as_text()
    own = shapes.value(URIRef(SHAPE + named), SH.severity)
    assert report.conforms == (own != SH.Violation)


def test_every_shape_that_demands_something_has_an_invalid_file(shapes):
    caught = {expectation(path)[0] for path in INVALID}
    wanted = constrained(shapes)
    count = f"{len(caught & wanted)} of {len(wanted)} shapes are caught at it by {len(INVALID)} files"
    assert caught == wanted, f"{count}; without: {sorted(wanted - caught)}; unknown: {sorted(caught - wanted)}"
    assert len(wanted) > 80, count


def test_the_shipped_data_passes_without_a_word(shapes, data):
    context = ontology.load(with_data=[resources.folder("data")])
    report = validate.validate(data, validate.context_of(context), shapes)
    assert report.conforms and not report.results, report.as_text()
    assert report.focus_nodes > 200 and report.constraints > 2000


def test_the_shipped_ontology_passes_without_a_word(shapes, terms, modules):
    report = validate.validate(modules, validate.context_of(terms), shapes)
    assert report.conforms and not report.results, report.as_text()
    assert report.focus_nodes > 200 and report.constraints > 2000


def test_every_shape_with_a_target_finds_something_to_look_at(shapes, terms, data, modules):
    documents = [*data, *modules, *(formats.read(path) for path in VALID)]
    triples = [triple for each in documents for triple in each.triples]
    targets = {(local(s), predicate, term) for predicate in TARGETS for s, term in shapes.subject_objects(predicate)}
    assert len(targets) > 60
    missed = [each for each in targets if not targeted(terms, triples, *each[1:])]
    assert not [(name, shorten(predicate), shorten(term)) for name, predicate, term in missed]


@pytest.mark.parametrize(
    ("family", "kinds", "place"),
    [
        ("Term", (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty), ONTOLOGY),
        ("Concept", (SKOS.Concept,), BASE + "concept/"),
        ("Scheme", (SKOS.ConceptScheme,), BASE + "concept/"),
        ("Ontology", (OWL.Ontology,), BASE + "ontology/"),
    ],
)
def test_whatever_the_ontology_declares_is_looked_at(family, kinds, place, shapes, terms, modules):
    """What has none of the predicates or types that the targets name would be passed over in silence."""
    triples = [triple for each in modules for triple in each.triples]
    declared = {s for s, p, o in triples if p == RDF.type and o in kinds and s.startswith(place)}
    assert len(declared) > 15
    assert not {shorten(each) for each in declared - looked_at(shapes, terms, triples, family)}


def test_the_shapes_of_terms_look_at_nothing_in_the_data(shapes, terms, data):
    triples = [triple for each in data for triple in each.triples]
    described = {s for s, _, _ in triples}
    for family in ("Term", "Concept", "Scheme", "Ontology"):
        assert not looked_at(shapes, terms, triples, family) & described


def test_terms_that_others_declare_are_let_pass(shapes, terms):
    """A file that an editor saved declares what it uses; that says nothing of the terms of this project."""
    turtle = formats.by_key("ttl")
    triples = tuple(formats.parse(SAVED, turtle, source="saved.ttl"))
    document = formats.Document(Path("saved.ttl"), turtle, triples, {})
    report = validate.validate([document], validate.context_of(terms), shapes)
    assert report.conforms and not report.results, report.as_text()
