"""Which real names are near to one that is not there: "did you mean …" for an address that leads nowhere.

The work is bounded: names are read once per build (up to MOST), a name is compared with those of one kind, and a long one
is cut before it is compared.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher, get_close_matches

from rdflib.namespace import SKOS

from graph import prefixes
from graph.store import Store

MOST = 20_000  # names that are read
_COMPARED = 4_000  # names of one kind that are compared
_LONGEST = 120  # signs of a name that are compared
_NEAR = 0.62  # the least likeness that is worth a reader's time
_SHOWN = 3
_KINDS = ("id/", "concept/", "shape/", "ontology/", "ontology#")

Names = Mapping[str, list[str]]  # "id/case" -> its slugs


def names(store: Store, questions: Iterable[str] = ()) -> dict[str, list[str]]:
    """Return the names of everything that has an address here, by kind ("id/case", "concept/tropico"), with `questions`."""
    wanted = " || ".join(f'STRSTARTS(STR(?it), "{prefixes.BASE}{kind}")' for kind in _KINDS)
    table = store.select(f"""
        SELECT DISTINCT ?it WHERE {{ {{ ?it a ?kind }} UNION {{ ?it <{SKOS.prefLabel}> ?label }} FILTER({wanted}) }}
        ORDER BY ?it LIMIT {MOST}""")
    found: defaultdict[str, list[str]] = defaultdict(list)
    for (iri,) in table.rows:
        kind, _, slug = _split(str(iri).removeprefix(prefixes.BASE))
        found[kind].append(slug)
    return {**found, "questions": list(questions)}


def near(known: Names, path: str) -> list[str]:
    """Return up to three of the `known` names that are nearest to `path` ("id/case/…"), best first, as paths.

    Nothing is near to a name that is known, nor to one of a kind that is like none.
    """
    kind, sign, slug = _split(path.strip("/")[:_LONGEST])
    if not slug or slug in known.get(kind, ()):
        return []
    elsewhere = [each for each in known if _top(each) == _top(kind) and slug in known[each]]
    nearest = kind if kind in known else next(iter(get_close_matches(kind, known, 1, _NEAR)), None)
    found = [_joined(each, slug) for each in elsewhere]
    if nearest is not None:
        found += [_joined(nearest, each) for each in _nearest(slug, known[nearest][:_COMPARED])]
    if _top(kind) == "ontology":  # a term stands behind the sign #, a module behind a stroke
        found += [_joined("ontology#", each) for each in _nearest(slug, known.get("ontology#", ())[:_COMPARED])]
    return list(dict.fromkeys(found))[:_SHOWN]


def _split(path: str) -> tuple[str, str, str]:
    """Return kind, sign between and slug of "id/case/x", "concept/x", "ontology#x"."""
    if path.startswith("ontology#"):
        return "ontology#", "", path.removeprefix("ontology#")
    found = re.match(r"(id|concept|shape)/([^/]+)/(.+)\Z", path)
    if found and found[1] != "shape":
        return f"{found[1]}/{found[2]}", "/", found[3]
    kind, sign, slug = path.partition("/")
    return kind, sign, slug


def _joined(kind: str, slug: str) -> str:
    return f"{kind}{slug}" if kind.endswith("#") else f"{kind}/{slug}"


def _top(kind: str) -> str:
    return re.split("[/#]", kind)[0]


def _nearest(slug: str, others: Iterable[str]) -> list[str]:
    """Return those of `others` that are like `slug`, or hold it, best first."""
    wanted = slug.lower()
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(wanted)
    scored = ((_likeness(matcher, wanted, each.lower()), each) for each in others)
    return [each for likeness, each in sorted(scored, key=lambda pair: (-pair[0], pair[1])) if likeness >= _NEAR][:_SHOWN]


def _likeness(matcher: SequenceMatcher, wanted: str, other: str) -> float:
    if len(wanted) >= 4 and wanted in other:
        return 0.9
    matcher.set_seq1(other[:_LONGEST])
    if matcher.real_quick_ratio() < _NEAR or matcher.quick_ratio() < _NEAR:
        return 0.0
    return matcher.ratio()
