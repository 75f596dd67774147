"""How many statements there are, by property, and how many things, by class; brought in line with a change by counting that alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rdflib import RDF, URIRef

from graph.formats import Triple

_TYPE = RDF.type


@dataclass(frozen=True)
class Tally:
    """The number of statements, of things of each class that has a name, and of statements by property; none of them zero."""

    triples: int
    classes: Mapping[URIRef, int]
    properties: Mapping[URIRef, int]

    def changed(self, lost: Iterable[Triple], gained: Iterable[Triple]) -> Tally:
        """Return the tally of what lost some statements, all of which it had, and gained others, none of which it had."""
        classes, properties = Counter(self.classes), Counter(self.properties)
        for sign, triples in ((-1, lost), (1, gained)):
            for _, predicate, value in triples:
                properties[predicate] += sign
                if predicate == _TYPE and isinstance(value, URIRef):
                    classes[value] += sign
        return Tally(self.triples + sum(properties.values()) - sum(self.properties.values()), _some(classes), _some(properties))

    def as_json(self) -> dict[str, Any]:
        """Return it in terms of JSON, as `from_json` reads it."""
        return {"triples": self.triples, "classes": dict(self.classes), "properties": dict(self.properties)}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Tally:
        """Read what `as_json` gave. Raises KeyError, TypeError, ValueError or AttributeError where it did not."""
        classes, properties = ({URIRef(name): int(number) for name, number in content[each].items()} for each in ("classes", "properties"))
        return cls(int(content["triples"]), classes, properties)


def _some(counts: Mapping[URIRef, int]) -> dict[URIRef, int]:
    return {name: number for name, number in counts.items() if number}
