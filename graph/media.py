"""The formats that are read and written, and the choice between them that HTTP asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from graph.errors import NotAcceptable, UnsupportedMediaType


@dataclass(frozen=True)
class Format:
    """One way to write a graph (`kind` "rdf") or a table of results (`kind` "results").

    `suffix` begins with a full stop; `aliases` are other media types clients use for the same thing.
    """

    key: str
    media_type: str
    suffix: str
    label: str
    kind: str
    aliases: tuple[str, ...] = ()


TURTLE = Format("ttl", "text/turtle", ".ttl", "Turtle", "rdf", ("application/turtle", "application/x-turtle"))
N_TRIPLES = Format("nt", "application/n-triples", ".nt", "N-Triples", "rdf", ("text/plain",))
RDF_XML = Format("rdf", "application/rdf+xml", ".rdf", "RDF/XML", "rdf")
JSON_LD = Format("jsonld", "application/ld+json", ".jsonld", "JSON-LD", "rdf", ("application/json",))
TRIG = Format("trig", "application/trig", ".trig", "TriG", "rdf")
N_QUADS = Format("nq", "application/n-quads", ".nq", "N-Quads", "rdf")
RESULTS_JSON = Format(
    "json", "application/sparql-results+json", ".json", "SPARQL Results JSON", "results", ("application/json",)
)
RESULTS_XML = Format("xml", "application/sparql-results+xml", ".xml", "SPARQL Results XML", "results")
RESULTS_CSV = Format("csv", "text/csv", ".csv", "CSV", "results")
RESULTS_TSV = Format("tsv", "text/tab-separated-values", ".tsv", "TSV", "results")

RDF_FORMATS = (TURTLE, N_TRIPLES, RDF_XML, JSON_LD)
DATASET_FORMATS = (TRIG, N_QUADS)
RESULT_FORMATS = (RESULTS_JSON, RESULTS_XML, RESULTS_CSV, RESULTS_TSV)
BOOLEAN_FORMATS = (RESULTS_JSON, RESULTS_XML)

_BY_KEY = {each.key: each for each in RDF_FORMATS + DATASET_FORMATS + RESULT_FORMATS}
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_RANGE = re.compile(rf"\s*({_TOKEN})/({_TOKEN})\s*")
_PARAMETER = re.compile(rf'\s*({_TOKEN})\s*=\s*({_TOKEN}|"[^"]*")\s*')
_QUALITY = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")
_ELEMENT = re.compile(r'(?:[^,"]|"[^"]*"|")+')  # between commas that stand outside quotes
_SECTION = re.compile(r'(?:[^;"]|"[^"]*"|")+')


def by_key(key: str) -> Format:
    """Return the format called `key`, such as "ttl" or "csv". Raises UnsupportedMediaType listing the choices."""
    if key not in _BY_KEY:
        raise UnsupportedMediaType(f"There is no format {key!r}; choose one of {', '.join(_BY_KEY)}.")
    return _BY_KEY[key]


class _Accepted(NamedTuple):
    """One media range of an Accept header."""

    media_range: str
    quality: float
    charset: str

    def specificity(self, offer: Format) -> int:
        """Return 3 for the type itself, 2 for one of its aliases, 1 for type/*, 0 for */*; -1 where it does not
        match.
        """
        if self.charset not in ("", "utf-8", "utf8"):
            return -1
        if self.media_range == offer.media_type:
            return 3
        if self.media_range in offer.aliases:
            return 2
        if self.media_range == offer.media_type.split("/")[0] + "/*":
            return 1
        return 0 if self.media_range == "*/*" else -1


def negotiate(accept: str | None, offered: Sequence[Format]) -> Format:
    """Choose from `offered` (the server's order of preference) what an Accept header asks for, by RFC 9110 section
    12.5.1.

    For each offer the most specific range that matches it decides, so `q=0` excludes. Between offers of one quality
    the more specifically named wins, then the one named earlier, then the one offered earlier. A parameter other than
    `q` and `charset` is ignored; all answers are UTF-8. No header, or an empty one, is content with anything. Raises
    NotAcceptable that lists what is offered.
    """
    if not accept or not accept.strip():
        return offered[0]
    ranges = list(_accepted(accept))
    best, choice = (0.0, -1, 0), None
    for offer in offered:
        rank = _rank(offer, ranges)
        if rank[0] > 0 and (choice is None or rank > best):
            best, choice = rank, offer
    if choice is None:
        raise NotAcceptable(f"None of the accepted formats is offered; ask for {_listed(offered)}.")
    return choice


def _rank(offer: Format, ranges: Sequence[_Accepted]) -> tuple[float, int, int]:
    """Return quality, specificity and (negated) position of the range that decides about `offer`."""
    matches = [(each.specificity(offer), -place, each.quality) for place, each in enumerate(ranges)]
    specificity, place, quality = max(matches, default=(-1, 0, 0.0))
    return (quality, specificity, place) if specificity >= 0 else (0.0, -1, 0)


def _accepted(header: str) -> Iterator[_Accepted]:
    """Yield the well-formed ranges of an Accept header; a malformed one names nothing and is passed over."""
    for element in _ELEMENT.findall(header):
        media_range, *rest = _SECTION.findall(element) or [""]
        named = _RANGE.fullmatch(media_range)
        pairs = [_PARAMETER.fullmatch(each) for each in rest if each.strip()]
        if not named or None in pairs:
            continue
        parameters = {pair[1].lower(): pair[2].strip('"').lower() for pair in pairs if pair}
        quality = parameters.get("q", "1")
        if _QUALITY.fullmatch(quality):
            yield _Accepted(f"{named[1]}/{named[2]}".lower(), float(quality), parameters.get("charset", ""))


def _listed(offered: Sequence[Format]) -> str:
    return ", ".join(each.media_type for each in offered)
