"""A build that looks at what changed alone leaves the same store, the same identity and the same report as one that builds everything."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from pathlib import Path

import pytest
from test_build import HEAD, content, package, write  # noqa: F401  (package is a fixture)

from graph import build as builder
from graph import catalogue, drafts, formats, incremental, integrity, resources
from graph.embedded import EmbeddedStore
from graph.errors import DataError, TropicoError
from graph.prefixes import BASE
from graph.settings import Settings

OWN = {
    "cases/one.ttl": 'case:one a trop:PortalCase ; rdfs:label "One"@en ; trop:level 2 .',
    "cases/two.ttl": 'case:two a trop:Case ; rdfs:label "Two"@en .',
    "findings/first.ttl": "finding:first a trop:Finding ; trop:concernsCase case:one ; trop:hasEvidence passage:x .",
    "findings/second.ttl": "finding:second a trop:Finding ; trop:concernsCase case:two ; trop:hasEvidence passage:x , passage:y .",
    "passages.ttl": "passage:x a trop:Passage . passage:y a trop:Passage .",
    "empty.ttl": "",
}
CHANGES = {
    "another literal": {"cases/one.ttl": 'case:one a trop:PortalCase ; rdfs:label "Eins"@de ; trop:level 2 .'},
    "a new file": {"cases/three.ttl": 'case:three a trop:PortalCase ; rdfs:label "Three"@en .'},
    "another class of what others point at": {"cases/one.ttl": 'case:one a trop:Case ; rdfs:label "One"@en ; trop:level 2 .'},
    "a class that follows no longer, as nobody points there": {
        "cases/two.ttl": "passage:z a trop:Passage .",
        "findings/second.ttl": "finding:second a trop:Finding ; trop:hasEvidence passage:y .",
    },
    "a thing that moves to another file": {"cases/two.ttl": "passage:z a trop:Passage .", "passages.ttl": OWN["passages.ttl"] + OWN["cases/two.ttl"]},
    "a statement that stands in two files": {"cases/two.ttl": OWN["cases/two.ttl"] + OWN["cases/one.ttl"]},
    "what was inferred is now said": {"cases/one.ttl": OWN["cases/one.ttl"] + "case:one a trop:Case ."},
    "a file that is empty now": {"findings/second.ttl": ""},
    "other bytes for the same": {"cases/one.ttl": "# the same\n" + OWN["cases/one.ttl"]},
    "everything at once": {"cases/one.ttl": OWN["cases/two.ttl"], "cases/two.ttl": OWN["cases/one.ttl"], "new.ttl": "passage:n a trop:Passage ."},
}
ALL_AGAIN = {
    "a removed file": {"cases/two.ttl": None},
    "a warning": {"cases/one.ttl": 'case:one a trop:PortalCase ; rdfs:label "One"@en ; trop:level 9 .'},
    "an axiom": {"axioms.ttl": "trop:PortalCase rdfs:subClassOf trop:Passage ."},
    "a declaration": {"terms.ttl": "trop:Other a owl:Class . passage:o a trop:Passage ."},
    "a blank node": {"cases/one.ttl": OWN["cases/one.ttl"] + "case:one rdfs:seeAlso [ rdfs:label \"there\" ] ."},
    "a number in another writing": {"cases/one.ttl": 'case:one a trop:PortalCase ; rdfs:label "One"@en ; trop:level 02 .'},
    "a file that no shape looks at": {"other.ttl": '<https://example.org/x> rdfs:label "x" .'},
}
WRONG = {
    "a violation in the changed file": {"cases/one.ttl": "case:one a trop:PortalCase ."},
    "a violation in a file that points at what changed": {"passages.ttl": "passage:x a trop:Case ; rdfs:label \"X\"@en . passage:y a trop:Passage ."},
    "a violation by what two files say together": {"cases/two.ttl": OWN["cases/two.ttl"] + 'case:one rdfs:label "Another"@en .'},
    "a violation in a file that lost what it points at": {"passages.ttl": "passage:x a trop:Passage ."},
    "a violation in a new file": {"new.ttl": "finding:new a trop:Finding ."},
    "a term that nobody declares": {"cases/one.ttl": OWN["cases/one.ttl"] + "case:one trop:levle 1 ."},
    "a file that cannot be read": {"cases/one.ttl": "case:one a"},
    "made-up data": {"new.ttl": 'case:made a trop:SyntheticDataset , trop:Case ; rdfs:label "Made up"@en .'},
}


@pytest.fixture
def own(tmp_path) -> Path:
    put(tmp_path / "own", OWN)
    return tmp_path / "own"


@pytest.fixture
def taken(monkeypatch) -> list[bool]:
    """Tell of each build with files whether the short way was taken."""
    seen: list[bool] = []
    real = incremental.rebuild
    monkeypatch.setattr(builder, "rebuild", lambda *given: seen.append((made := real(*given)) is not None) or made)
    return seen


def put(folder: Path, files: dict[str, str | None]) -> None:
    for name, text in files.items():
        if text is None:
            (folder / name).unlink()
        else:
            write(folder / name, text)


def built(store: EmbeddedStore, own: Path, cache: Path | None) -> tuple[object, ...] | str:
    """Build, and return all that can be told of the outcome, an error by its words."""
    try:
        done = builder.build(store, [own], settings=Settings(cache=cache), describe=catalogue.description)
    except TropicoError as error:
        return str(error), str(getattr(error, "report", None))
    return done.identity, done.report, done.graphs, done.inferred, done.counts


def both(tmp_path: Path, own: Path, *changes: dict[str, str | None]) -> None:
    """Build before and after each change with and without a memory, and compare."""
    with EmbeddedStore(tmp_path / "short") as short, EmbeddedStore(tmp_path / "long") as long:
        for change in ({}, *changes):
            put(own, change)
            outcome = built(short, own, tmp_path / "cache")
            assert outcome == built(long, own, None)
            assert content(short) == content(long)
            assert builder.identity(short) == builder.identity(long)
            union = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
            assert short.select(union) == long.select(union)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_built_as_everything_is(package, tmp_path, own, taken, change):
    both(tmp_path, own, change, {}, OWN)
    assert taken[0::2] == [False, True, True, True]


@pytest.mark.parametrize("change", ALL_AGAIN.values(), ids=ALL_AGAIN)
def test_what_is_not_provably_the_same_is_built_as_a_whole(package, tmp_path, own, taken, change):
    both(tmp_path, own, change)
    assert taken[0::2] == [False, False]


def test_a_warning_that_goes_with_another_file_has_everything_judged_again(package, tmp_path, own, taken):
    """What is judged is how things are now; what was wrong with them before stands in the report of that time."""
    write(package / "shapes" / "more.ttl", """sh-t:Lone a sh:NodeShape ; sh:targetClass trop:Case ; sh:property [ sh:path [ sh:inversePath trop:concernsCase ] ;
        sh:minCount 1 ; sh:severity sh:Warning ; sh:message "A finding on it."@en ] .""")
    lonely = {"findings/first.ttl": OWN["findings/first.ttl"].replace("case:one", "case:two")}
    both(tmp_path, own, lonely, OWN)
    assert taken[0::2] == [False, False, False]


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_refused_in_the_same_words_and_nothing_changes(package, tmp_path, own, taken, change):
    with EmbeddedStore(tmp_path / "short") as store:
        built(store, own, tmp_path / "cache")
        before = content(store)
        put(own, change)
        said = built(store, own, tmp_path / "cache")
        assert isinstance(said[0], str) and said == built(store, own, None)
        assert content(store) == before
        put(own, {**OWN, **dict.fromkeys(set(change) - set(OWN))})
        built(store, own, tmp_path / "cache")
        assert content(store) == before
    assert taken[-1]


def test_a_changed_shape_has_everything_judged_again(package, tmp_path, own, taken):
    with EmbeddedStore(tmp_path / "short") as store:
        built(store, own, tmp_path / "cache")
        shape = package / "shapes" / "all.ttl"
        shape.write_text(shape.read_text("utf-8").replace("sh:maxInclusive 3", "sh:maxInclusive 1").replace("sh:Warning", "sh:Violation"), "utf-8")
        put(own, {"cases/two.ttl": 'case:two a trop:Case ; rdfs:label "Zwei"@de .'})
        assert "High: explain it." in built(store, own, tmp_path / "cache")[0]
    assert taken == [False, False]


def test_a_shape_that_looks_further_has_everything_judged_again(package, tmp_path, own, taken):
    write(package / "shapes" / "more.ttl", """sh-t:Far a sh:NodeShape ; sh:targetClass trop:Case ;
        sh:property [ sh:path [ sh:zeroOrMorePath rdfs:seeAlso ] ; sh:nodeKind sh:IRI ; sh:message "An IRI."@en ] .""")
    both(tmp_path, own, CHANGES["another literal"])
    assert taken[0::2] == [False, False]


def test_a_store_that_somebody_else_has_built_since_is_built_as_a_whole(package, tmp_path, own, taken):
    with EmbeddedStore(tmp_path / "store") as store:
        built(store, own, tmp_path / "cache")
        other = write(tmp_path / "other.ttl", 'case:other a trop:Case ; rdfs:label "Other"@en .')
        builder.build(store, [other], settings=Settings(cache=None), describe=catalogue.description)
        put(own, CHANGES["another literal"])
        built(store, own, tmp_path / "cache")
    assert taken == [False, False, False]


def test_only_changed_files_are_read(package, tmp_path, own, taken, monkeypatch):
    with EmbeddedStore(tmp_path / "store") as store:
        built(store, own, tmp_path / "cache")
        put(own, CHANGES["another literal"])
        read = []
        real = incremental.intake.graphs_of
        monkeypatch.setattr(incremental.intake, "graphs_of", lambda file, name: read.append(file.name) or real(file, name))
        built(store, own, tmp_path / "cache")
    assert read == ["one.ttl"]
    assert taken == [False, True]


def test_a_damaged_record_is_none(package, tmp_path, own, taken):
    with EmbeddedStore(tmp_path / "store") as store:
        built(store, own, tmp_path / "cache")
        file = tmp_path / "cache" / "built.json"
        file.write_text(file.read_text("utf-8").replace('"sources": [[', '"sources": [[1, '), "utf-8")
        built(store, own, tmp_path / "cache")
    assert taken == [False, False]


def test_a_rule_over_the_whole_is_asked_when_a_property_it_names_changes(package, tmp_path, own, taken):
    write_rule(package)
    with EmbeddedStore(tmp_path / "store") as store:
        built(store, own, tmp_path / "cache")
        put(own, CHANGES["another literal"])
        assert isinstance(built(store, own, tmp_path / "cache")[0], builder.Identity)
        put(own, {"cases/one.ttl": 'case:one a trop:PortalCase ; rdfs:label "Forbidden"@en ; trop:level 2 .'})
        with pytest.raises(DataError, match="no-such-label"):
            builder.build(store, [own], settings=Settings(cache=tmp_path / "cache"), describe=catalogue.description)
    assert taken == [False, True, False]


def write_rule(package: Path) -> None:
    rule = package / "queries" / "integrity" / "no-such-label.rq"
    rule.parent.mkdir(parents=True, exist_ok=True)
    rule.write_text("#+ rule: No label is forbidden.\n#+ remedy: Change it.\nPREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\n"
                    'SELECT ?x { ?x rdfs:label "Forbidden"@en }\n', "utf-8")


def test_every_shipped_rule_over_the_whole_is_asked_when_anything_it_names_changes():
    rules = integrity.load()
    assert len(rules) > 5
    for rule in rules:
        by_name = integrity.affected((rule,), [(None, name, None) for name in integrity._names(rule.query)])
        assert by_name == (rule,)
    told = integrity.affected(rules, [(None, formats.URIRef(BASE + "ontology#locator"), None)])
    assert 0 < len(told) < len(rules)


# -- the shipped package ----------------------------------------------------------------------------------------------


def spoil(text: str, dice: random.Random) -> str:
    """Change some lines of N-Triples at random: leave one out, take one from elsewhere, or give one another value."""
    lines = text.splitlines()
    for _ in range(dice.randrange(1, 4)):
        place = dice.randrange(len(lines))
        subject, predicate, _ = lines[place].split(" ", 2)
        other = dice.choice(lines).split(" ", 2)
        lines[place] = dice.choice(["", f"{subject} {predicate} {other[2]}", f"{subject} {other[1]} {other[2]}", f"{other[0]} {predicate} {other[2]}"])
    return "\n".join(lines) + "\n"


def test_any_change_in_the_shipped_data_is_built_as_everything_is(tmp_path, taken):
    """Copies of shipped files are changed at random; most are refused, and then both ways say the same."""
    dice = random.Random(11)
    own = tmp_path / "own"
    for file in sorted((resources.folder("data") / "findings").rglob("*.ttl"))[:3] + sorted((resources.folder("data") / "cases").rglob("*.ttl"))[:4]:
        triples = formats.read(file).triples
        (own / file.name).parent.mkdir(exist_ok=True, parents=True)
        (own / file.name).with_suffix(".nt").write_bytes(formats.n_triples(triples))
    with EmbeddedStore(tmp_path / "short") as short:
        built(short, own, tmp_path / "cache")
        shutil.copytree(tmp_path / "short", tmp_path / "long")
        with EmbeddedStore(tmp_path / "long") as long:
            for _ in range(8):
                file = dice.choice(sorted(own.iterdir()))
                kept = file.read_text("utf-8")
                file.write_text(spoil(kept, dice), "utf-8")
                outcome = built(short, own, tmp_path / "cache")
                assert outcome == built(long, own, None)
                assert content(short) == content(long)
                if isinstance(outcome[0], str):
                    file.write_text(kept, "utf-8")
    assert any(taken)


@pytest.fixture
def looked_up(monkeypatch) -> list[tuple[str, object]]:
    """Give what was looked up while a changed file was judged last: patterns, and things of which all is read."""
    seen: list[tuple[str, object]] = []
    found: list[tuple[str, object]] = []

    def watch(name: str) -> None:
        real = getattr(drafts.Facts, name)
        monkeypatch.setattr(drafts.Facts, name, lambda facts, what, *given: seen.append((name, what)) or real(facts, what, *given))

    def compare(*given: object) -> object:
        seen.clear()
        judged = real_compare(*given)
        found[:] = seen
        return judged

    real_compare = incremental.recheck.compare
    monkeypatch.setattr(incremental.recheck, "compare", compare)
    for name in ("each", "about"):
        watch(name)
    return found


def test_a_changed_file_is_judged_by_the_same_look_ups_amid_more(package, tmp_path, own, taken, looked_up):
    change, counts = CHANGES["another class of what others point at"], []
    for others in (0, 40):
        more = {f"cases/more{each}.ttl": f'case:more{each} a trop:PortalCase ; rdfs:label "M{each}"@en .' for each in range(others)}
        put(own, OWN | more)
        with EmbeddedStore(tmp_path / f"store{others}") as store:
            built(store, own, tmp_path / "cache")
            put(own, change)
            built(store, own, tmp_path / "cache")
        assert taken[-1] and not any(name == "each" and pattern[0] is not None for name, pattern in looked_up)
        assert max(Counter(looked_up).values()) <= 2  # by the way back to what is affected, and in judging it
        counts.append(len(looked_up))
    assert counts[0] == counts[1] > 3
    assert all(number == 1 for (name, _), number in Counter(looked_up).items() if name == "about")
