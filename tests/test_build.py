"""A build puts all of its files into the store or none, and the same content has the same identity everywhere."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from rdflib import RDF, URIRef

from graph import build as builder
from graph import formats, resources, sums, validate
from graph.embedded import EmbeddedStore, ScratchStore
from graph.errors import DataError, OntologyError, ParseError, TropicoError, UsageError
from graph.prefixes import BASE, TROP, graph_name
from graph.settings import Settings
from graph.store import Store

HEAD = """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix sh-t: <https://w3id.org/tropico-kg/shape/> .
@prefix trop: <https://w3id.org/tropico-kg/ontology#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix case: <https://w3id.org/tropico-kg/id/case/> . @prefix finding: <https://w3id.org/tropico-kg/id/finding/> .
@prefix passage: <https://w3id.org/tropico-kg/id/passage/> . @prefix m: <https://w3id.org/tropico-kg/ontology/> .
"""
FILES = {
    "ontology/tropico-kg.ttl": "m:tropico-kg a owl:Ontology ; owl:imports m:core .",
    "ontology/core.ttl": """m:core a owl:Ontology . trop:Case a owl:Class . trop:Finding a owl:Class .
        trop:PortalCase a owl:Class ; rdfs:subClassOf trop:Case . trop:Passage a owl:Class .
        trop:SourceDocument a owl:Class . trop:level a owl:DatatypeProperty .
        trop:hasEvidence a owl:ObjectProperty . trop:concernsCase a owl:ObjectProperty ; rdfs:range trop:Case .
        [] a owl:AllDisjointClasses ; owl:members ( trop:Case trop:Finding ) .""",
    "ontology/alignment/other.ttl": "<https://example.org/other> a owl:Ontology .",
    "shapes/all.ttl": """sh-t:Case a sh:NodeShape ; sh:targetClass trop:Case ; sh:property
            [ sh:path rdfs:label ; sh:minCount 1 ; sh:maxCount 1 ;
                sh:message "A case has one label: write rdfs:label."@en ] ,
            [ sh:path trop:level ; sh:maxInclusive 3 ; sh:severity sh:Warning ; sh:message "High: explain it."@en ] .
        sh-t:Finding a sh:NodeShape ; sh:targetClass trop:Finding ; sh:property [
            sh:path trop:hasEvidence ; sh:minCount 1 ; sh:class trop:Passage ;
            sh:message "A finding needs a passage: add trop:hasEvidence."@en ] .
        sh-t:Passage a sh:NodeShape ; sh:targetClass trop:Passage ; sh:nodeKind sh:IRI .""",
    "data/cases/a.ttl": 'case:a a trop:PortalCase ; rdfs:label "A"@en .',
    "data/findings/one.ttl": "finding:one a trop:Finding ; trop:concernsCase case:a ; trop:hasEvidence passage:one .",
    "data/sources.ttl": "passage:one a trop:Passage .",
}
CATALOG = """<catalog xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">
<uri name="https://w3id.org/tropico-kg/ontology/core" uri="core.ttl"/>
<uri name="https://w3id.org/tropico-kg/ontology/tropico-kg" uri="tropico-kg.ttl"/></catalog>"""
OWN = 'case:own a trop:Case ; rdfs:label "Own"@en .'


@pytest.fixture
def package(tmp_path, monkeypatch) -> Path:
    """Stand a small package in for the shipped one; return the folder that holds ontology/, shapes/ and data/."""
    top = tmp_path / "package"
    for name, text in FILES.items():
        write(top / name, text)
    (top / "ontology" / "catalog-v001.xml").write_text(CATALOG, encoding="utf-8")
    monkeypatch.setattr(resources, "folder", lambda name: top / name)
    return top


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(cache=tmp_path / "cache")


@pytest.fixture(params=["scratch", "embedded"])
def store(request, tmp_path):
    with ScratchStore() if request.param == "scratch" else EmbeddedStore(tmp_path / "store") as made:
        yield made


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEAD + text, encoding="utf-8")
    return path


def content(store: Store) -> dict[str, str]:
    """Return the digest of each graph of `store`: the whole of what a reader could see."""
    graphs = {name: f"CONSTRUCT {{ ?s ?p ?o }} {{ GRAPH {name.n3()} {{ ?s ?p ?o }} }}" for name in store.graphs()}
    return {str(name): formats.digest_of(store.construct(query)) for name, query in graphs.items()}


def names(store: Store) -> list[str]:
    return [str(name).removeprefix(BASE + "graph/") for name in store.graphs()]


def identity_of(settings: Settings, *paths: Path) -> str:
    with ScratchStore() as store:
        return builder.build(store, paths, settings=settings).identity.digest


# --- what a build does ----------------------------------------------------------------------------------------------


def test_the_package_is_built_when_no_path_is_given(package, store, settings):
    result = builder.build(store, settings=settings)
    assert names(store) == [
        "build", "data/cases/a", "data/findings/one", "data/sources", "inferred",
        "ontology/alignment/other", "ontology/core", "ontology/tropico-kg", "shapes/all",
    ]  # fmt: skip
    assert result.graphs == store.graphs()
    assert result.counts == {"cases": 1, "findings": 1, "passages": 1, "sources": 0}
    assert result.report.conforms and result.report.focus_nodes == 3 and len(result.report.files) == 6
    assert result.inferred == store.graphs()[graph_name("inferred")] == 1
    assert store.ask(f"ASK {{ GRAPH {graph_name('inferred').n3()} {{ <{BASE}id/case/a> a {TROP.Case.n3()} }} }}")
    assert result.seconds > 0


def test_the_store_tells_its_identity_and_that_of_each_graph(package, store, settings):
    assert builder.identity(store) is None
    result = builder.build(store, settings=settings)
    assert builder.identity(store) == result.identity
    assert result.identity.version == resources.version() and len(result.identity.digest) == len("sha256:") + 64
    rows = store.select(f"""PREFIX dcterms: <http://purl.org/dc/terms/> PREFIX void: <http://rdfs.org/ns/void#>
        SELECT ?g ?d ?n {{ GRAPH {builder.BUILD.n3()} {{
            ?b void:subset ?g . ?g dcterms:identifier ?d ; void:triples ?n }} }}
    """).rows
    told = {str(name): (str(digest), int(number)) for name, digest, number in rows}
    seen = {
        name: (f"sha256:{digest}", store.graphs()[URIRef(name)])
        for name, digest in content(store).items()
        if name != str(builder.BUILD)
    }
    inferred = store.construct(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH {builder.INFERRED.n3()} {{ ?s ?p ?o }} }}")
    seen[str(builder.INFERRED)] = (f"sha256:{sums.digest(sums.total(inferred))}", len(inferred))  # the one graph that a build may amend
    assert told == seen


def test_own_files_are_added_beside_the_package(package, store, settings, tmp_path):
    result = builder.build(store, [write(tmp_path / "mine" / "own.ttl", OWN)], settings=settings)
    assert "local/own" in names(store) and "data/cases/a" in names(store)
    assert result.counts["cases"] == 2


def test_own_files_are_added_to_what_the_store_holds(package, store, settings, tmp_path):
    builder.build(store, [write(tmp_path / "one.ttl", OWN)], settings=settings)
    before = content(store)
    second = (
        'case:two a trop:PortalCase ; rdfs:label "Two" . finding:two a trop:Finding ; trop:hasEvidence passage:one .'
    )
    result = builder.build(store, [write(tmp_path / "two.ttl", second)], settings=settings)
    after = content(store)
    assert result.counts == {"cases": 3, "findings": 2, "passages": 1, "sources": 0}
    assert {name for name in after if after[name] != before.get(name)} == {
        str(graph_name(each)) for each in ("local/two", "inferred", "build")
    }
    assert [each.name for each in result.report.files] == ["two.ttl"]


def test_a_store_filled_in_two_steps_has_the_identity_of_one_filled_in_one(package, store, settings, tmp_path):
    one, two = write(tmp_path / "one.ttl", OWN), write(tmp_path / "two.ttl", OWN.replace("own", "two"))
    builder.build(store, [one], settings=settings)
    assert builder.build(store, [two], settings=settings).identity.digest == identity_of(settings, one, two)


def test_a_changed_own_file_replaces_what_it_said_before(package, store, settings, tmp_path):
    path = write(tmp_path / "own.ttl", OWN)
    builder.build(store, [path], settings=settings)
    builder.build(store, [write(path, OWN.replace("Own", "New"))], settings=settings)
    labels = store.select(f"SELECT ?l {{ <{BASE}id/case/own> <http://www.w3.org/2000/01/rdf-schema#label> ?l }}").rows
    assert [str(row[0]) for row in labels] == ["New"]


def test_rebuilding_the_package_drops_what_it_no_longer_holds_and_keeps_own_files(package, store, settings, tmp_path):
    builder.build(store, [write(tmp_path / "own.ttl", OWN)], settings=settings)
    (package / "data" / "findings" / "one.ttl").unlink()
    result = builder.build(store, settings=settings)
    assert "data/findings/one" not in names(store) and "local/own" in names(store)
    assert result.counts == {"cases": 2, "findings": 0, "passages": 1, "sources": 0}


def test_an_own_file_that_no_longer_fits_the_package_stops_its_rebuild(package, store, settings, tmp_path):
    builder.build(store, [write(tmp_path / "own.ttl", OWN)], settings=settings)
    before = content(store)
    shape = (
        FILES["shapes/all.ttl"]
        .replace("sh:maxInclusive 3", "sh:maxInclusive 3 ; sh:minCount 1")
        .replace("sh:severity sh:Warning ;", "")
    )
    write(package / "shapes" / "all.ttl", shape)
    write(package / "data" / "cases" / "a.ttl", FILES["data/cases/a.ttl"] + " case:a trop:level 1 .")
    with pytest.raises(DataError, match="First: graph/local/own: Violation: case:own"):
        builder.build(store, settings=settings)
    assert content(store) == before


def test_files_below_a_folder_are_named_by_their_place_in_it(package, store, settings, tmp_path):
    write(tmp_path / "my data" / "cases" / "own.ttl", OWN)
    builder.build(store, [tmp_path / "my data"], settings=settings)
    assert "local/my%20data/cases/own" in names(store)


def test_a_compressed_file_has_the_name_it_has_uncompressed(package, store, settings, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "own.ttl.gz").write_bytes(gzip.compress((HEAD + OWN).encode()))
    builder.build(store, [tmp_path / "mine"], settings=settings)
    assert "local/mine/own" in names(store)


def test_a_file_of_several_graphs_is_loaded_as_these_and_what_stands_in_none_as_its_own(package, store, settings, tmp_path):
    path = write(tmp_path / "two.trig", f"{OWN} <{BASE}graph/local/b> {{ case:b a trop:Case ; rdfs:label 'B' }}")
    builder.build(store, [path], settings=settings)
    assert {"local/two", "local/b"} <= set(names(store))
    assert store.ask(f"ASK {{ GRAPH <{BASE}graph/local/b> {{ <{BASE}id/case/b> ?p ?o }} }}")


def test_the_graphs_of_a_file_never_stand_in_for_those_of_others(package, store, settings, tmp_path):
    before = builder.build(store, settings=settings).identity
    theirs = write(tmp_path / "theirs.trig", f"<{BASE}graph/data/cases/a> {{ {OWN} }}")
    with pytest.raises(UsageError, match=r"theirs\.trig holds the graph <.*/data/cases/a>; only names that begin with"):
        builder.build(store, [theirs], settings=settings)
    first = write(tmp_path / "b.ttl", OWN)
    second = write(tmp_path / "other.trig", f"<{BASE}graph/local/b> {{ case:b a trop:Case ; rdfs:label 'B' }}")
    with pytest.raises(UsageError, match=r"b\.ttl and .*other\.trig would both be the graph"):
        builder.build(store, [first, second], settings=settings)
    assert builder.identity(store) == before


def test_a_file_given_twice_is_read_once(package, store, settings, tmp_path):
    path = write(tmp_path / "mine" / "own.ttl", OWN)
    builder.build(store, [path, tmp_path / "mine"], settings=settings)
    assert [name for name in names(store) if name.startswith("local/")] == ["local/own"]


def test_a_packaged_file_given_by_path_keeps_its_name(package, store, settings):
    builder.build(store, [package / "data"], settings=settings)
    assert not [name for name in names(store) if name.startswith("local/")] and "data/cases/a" in names(store)


def test_an_alignment_is_loaded_although_the_ontology_does_not_import_it(package, store, settings):
    builder.build(store, settings=settings)
    assert [name for name in names(store) if "alignment" in name] == ["ontology/alignment/other"]


def test_a_warning_is_reported_and_the_file_loaded(package, store, settings, tmp_path):
    result = builder.build(store, [write(tmp_path / "own.ttl", OWN + " case:own trop:level 4 .")], settings=settings)
    assert [each.severity for each in result.report.results] == ["Warning"] and "local/own" in names(store)


def test_a_rule_of_an_own_ontology_file_is_applied(package, store, settings, tmp_path):
    own = OWN + " trop:Pilot a owl:Class ; rdfs:subClassOf trop:Case . case:p a trop:Pilot ; rdfs:label 'P' ."
    assert builder.build(store, [write(tmp_path / "own.ttl", own)], settings=settings).counts["cases"] == 3


# --- all or nothing -------------------------------------------------------------------------------------------------

FAULTS = {
    "a syntax error": ({"own.ttl": OWN + " case:b a ;;"}, ParseError, r"own.ttl:\d+:\d+: "),
    "an undeclared term": (
        {"own.ttl": OWN + " case:own a trop:PortalCas ."},
        DataError,
        "did you mean trop:PortalCase",
    ),
    "a finding without evidence": ({"own.ttl": "finding:x a trop:Finding ."}, DataError, "A finding needs a passage"),
    "evidence that is no passage": (
        {"own.ttl": "finding:x a trop:Finding ; trop:hasEvidence case:a ."},
        DataError,
        "needs a passage",
    ),
    "a second label for a packaged case": (
        {"own.ttl": 'case:a rdfs:label "B"@en .'},
        DataError,
        "A case has one label",
    ),
    "nothing a shape looks at": (
        {"own.ttl": "<https://example.org/x> rdfs:label 'x' ."},
        DataError,
        "Nothing was checked",
    ),
    "an empty file": ({"own.ttl": ""}, DataError, "Nothing was checked"),
    "two files of one name": (
        {"own.ttl": OWN, "own.nt": ""},
        UsageError,
        "would both be the graph <.*local/own.*rename one",
    ),
    "one good and one bad file": ({"a.ttl": OWN, "b.ttl": "finding:x a trop:Finding ."}, DataError, "b.ttl"),
}


@pytest.mark.parametrize(("files", "error", "message"), FAULTS.values(), ids=FAULTS)
def test_bad_input_is_refused_and_changes_nothing(package, store, settings, tmp_path, files, error, message):
    builder.build(store, settings=settings)
    before = content(store)
    paths = [write(tmp_path / "in" / name, text) for name, text in files.items()]
    with pytest.raises(error, match=message) as caught:
        builder.build(store, paths, settings=settings)
    assert content(store) == before
    if error is DataError:
        assert not caught.value.report.conforms


def break_shape(package: Path) -> None:
    write(package / "shapes" / "all.ttl", FILES["shapes/all.ttl"].replace("sh:minCount", "sh:mincount"))


def break_import(package: Path) -> None:
    write(package / "ontology" / "core.ttl", FILES["ontology/core.ttl"] + " m:core owl:imports m:nowhere .")


def break_data(package: Path) -> None:
    write(package / "data" / "cases" / "a.ttl", "case:a a trop:Case .")


def name_twice(package: Path) -> None:
    (package / "data" / "cases" / "a.nt").write_text("", encoding="utf-8")


@pytest.mark.parametrize(("fault", "error"), [
    (break_shape, OntologyError), (break_import, OntologyError), (break_data, DataError), (name_twice, UsageError),
])  # fmt: skip
def test_a_broken_package_is_refused_and_changes_nothing(package, store, settings, fault, error):
    builder.build(store, settings=settings)
    before = content(store)
    fault(package)
    with pytest.raises(error):
        builder.build(store, settings=settings)
    assert content(store) == before


def test_a_refused_build_leaves_an_empty_store_empty(package, store, settings, tmp_path):
    with pytest.raises(DataError):
        builder.build(store, [write(tmp_path / "own.ttl", "finding:x a trop:Finding .")], settings=settings)
    assert store.graphs() == {} and builder.identity(store) is None


def test_the_store_is_written_exactly_once(package, store, settings, tmp_path, monkeypatch):
    calls: list[int] = []
    replace = store.replace
    monkeypatch.setattr(store, "replace", lambda graphs: calls.append(len(graphs)) or replace(graphs))
    monkeypatch.setattr(store, "drop", lambda graph: calls.append(-1))
    builder.build(store, [write(tmp_path / "own.ttl", OWN)], settings=settings)
    assert calls == [10]


@pytest.mark.parametrize(
    ("path", "message"), [("nowhere.ttl", "nowhere.ttl does not exist"), ("empty", "no RDF file in .*empty")]
)
def test_a_path_without_a_file_is_refused(package, store, settings, tmp_path, path, message):
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=message):
        builder.build(store, [tmp_path / path], settings=settings)


def test_the_refusal_names_the_first_fault_with_file_and_line(package, store, settings, tmp_path):
    path = write(tmp_path / "own.ttl", "\nfinding:x a trop:Finding .")
    with pytest.raises(DataError) as caught:
        builder.build(store, [path], settings=settings)
    line = HEAD.count("\n") + 2
    assert str(caught.value).startswith("Nothing was loaded. Not valid: 1 violation; 1 thing in 1 file")
    assert f"{path}:{line}: Violation: finding:x trop:hasEvidence: A finding needs a passage" in str(caught.value)


# --- identity -------------------------------------------------------------------------------------------------------


def test_the_same_content_has_the_same_identity(package, settings):
    assert identity_of(settings) == identity_of(settings)


def test_the_order_of_files_does_not_matter(package, settings, tmp_path):
    paths = [write(tmp_path / f"{name}.ttl", OWN.replace("own", name)) for name in "xyz"]
    assert identity_of(settings, *paths) == identity_of(settings, *reversed(paths))


def test_where_a_folder_lies_does_not_matter(package, settings, tmp_path):
    for place in ("here", "there/deep"):
        write(tmp_path / place / "mine" / "own.ttl", OWN)
    assert identity_of(settings, tmp_path / "here" / "mine") == identity_of(
        settings, tmp_path / "there" / "deep" / "mine"
    )


def test_how_a_file_is_written_does_not_matter(package, settings, tmp_path):
    turtle = write(tmp_path / "a" / "own.ttl", OWN + OWN + " # a comment")
    lines = tmp_path / "b" / "own.nt"
    lines.parent.mkdir()
    lines.write_bytes(formats.serialise(formats.read(turtle).triples, formats.by_key("nt")))
    assert identity_of(settings, turtle) == identity_of(settings, lines)


@pytest.mark.parametrize(
    ("old", "new"),
    [('"Own"@en', '"own"@en'), ('"Own"@en', '"Own"@de'), ('"Own"@en', '"Own"'), ("case:own", "case:Own")],
)
def test_a_change_in_one_term_changes_the_identity(package, settings, tmp_path, old, new):
    before = identity_of(settings, write(tmp_path / "own.ttl", OWN))
    assert identity_of(settings, write(tmp_path / "own.ttl", OWN.replace(old, new))) != before


def test_an_empty_file_is_no_graph(package, settings, tmp_path):
    own, empty = write(tmp_path / "own.ttl", OWN), write(tmp_path / "empty.ttl", "")
    assert identity_of(settings, own, empty) == identity_of(settings, own)


def test_the_name_of_a_file_is_part_of_the_identity(package, settings, tmp_path):
    assert identity_of(settings, write(tmp_path / "a.ttl", OWN)) != identity_of(
        settings, write(tmp_path / "b.ttl", OWN)
    )


# --- what is remembered ---------------------------------------------------------------------------------------------


@pytest.fixture
def validations(monkeypatch) -> list[int]:
    """Count the validations that are made, by the number of documents."""
    made: list[int] = []
    whole = validate.validate
    monkeypatch.setattr(validate, "validate", lambda *args: made.append(len(args[0])) or whole(*args))
    return made


def test_the_validation_of_an_unchanged_package_is_remembered_with_its_report(package, settings, validations):
    write(package / "data" / "cases" / "a.ttl", FILES["data/cases/a.ttl"] + " case:a trop:level 4 .")
    reports = []
    for _ in range(2):
        with ScratchStore() as store:
            reports.append(builder.build(store, settings=settings).report)
    assert validations == [6]
    assert reports[0] == reports[1] and len(reports[0].results) == 1


@pytest.mark.parametrize("changed", ["shapes/all.ttl", "ontology/core.ttl", "data/sources.ttl", "data/cases/a.ttl"])
def test_a_change_in_what_it_rests_on_makes_it_validate_again(package, settings, validations, changed):
    identity_of(settings)
    write(package / changed, "\n" + FILES[changed] + " case:a trop:level 1 .")
    identity_of(settings)
    assert validations == [6, 6]


def test_another_version_validates_again(package, settings, validations, monkeypatch):
    identity_of(settings)
    monkeypatch.setattr(resources, "version", lambda: "9.9.9")
    identity_of(settings)
    assert validations == [6, 6]


def test_own_files_are_always_validated(package, settings, validations, tmp_path):
    path = write(tmp_path / "own.ttl", OWN)
    identity_of(settings, path)
    identity_of(settings, path)
    assert validations == [6, 1, 1]


def test_a_file_in_place_of_a_packaged_one_is_never_covered_by_memory(package, settings, validations):
    identity_of(settings)
    identity_of(settings, package / "data" / "cases" / "a.ttl")
    assert validations == [6, 6]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"key": 1}', json.dumps({"key": "0" * 64, "report": "{}"})])
def test_a_damaged_memory_is_no_memory(package, settings, validations, text):
    identity_of(settings)
    (settings.cache / "validated.json").write_text(text, encoding="utf-8")
    identity_of(settings)
    assert validations == [6, 6]


def test_a_failed_validation_is_not_remembered(package, settings, validations):
    break_data(package)
    for _ in range(2):
        with pytest.raises(TropicoError):
            identity_of(settings)
    assert validations == [6, 6] and not list(settings.cache.parent.glob("cache/*"))


def test_a_cache_that_cannot_be_written_costs_only_time(package, tmp_path, validations):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    for cache in (tmp_path / "file" / "below", None):
        assert identity_of(Settings(cache=cache)).startswith("sha256:")
    assert validations == [6, 6]


def test_the_cache_holds_one_file_and_no_drafts(package, settings):
    identity_of(settings)
    assert sorted(each.name for each in settings.cache.iterdir()) == ["inferred.json", "validated.json"]


# --- the shipped package --------------------------------------------------------------------------------------------


def test_the_shipped_package_is_built_whole(store, settings):
    result = builder.build(store, settings=settings)
    assert result.report.conforms and result.inferred > 100
    assert result.counts["cases"] >= 10 and all(result.counts.values())
    files = {each for kind in ("ontology", "data") for each in names(store) if each.startswith(kind)}
    shapes = [each for each in names(store) if each.startswith("shapes/")]
    assert len(files) == len(result.report.files) == len(store.graphs()) - len(shapes) - 2 and len(shapes) > 5
    assert store.ask(f"ASK {{ ?f {RDF.type.n3()} {TROP.DriverFinding.n3()} }}")


def test_what_describes_the_whole_is_a_graph_of_it_and_part_of_its_identity(package, store, settings):
    seen: list[int] = []

    def describe(whole: Store) -> list:
        seen.append(sum(whole.graphs().values()))
        return [(builder.BUILD, TROP.level, TROP.Case)]

    plain = builder.build(store, settings=settings).identity
    first = builder.build(store, settings=settings, describe=describe)
    again = builder.build(store, settings=Settings(cache=None), describe=describe)
    assert first.identity == again.identity != plain and first.graphs[builder.DESCRIPTION] == 1
    assert seen[0] == seen[1], "the description does not describe itself"
    assert builder.build(store, settings=settings).identity == plain and builder.DESCRIPTION not in store.graphs()
