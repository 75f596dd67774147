"""Things as lists of statements in N-Triples, for data that is made up by a program."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from graph.prefixes import BASE, NAMESPACES

_XSD = NAMESPACES["xsd"]


def iri(name: str) -> str:
    """Return a prefixed name as an IRI in N-Triples."""
    prefix, _, local = name.partition(":")
    return f"<{NAMESPACES[prefix]}{local}>"


def text(words: str, language: str | None = "en") -> str:
    """Return plain words, without quotation marks or backslashes, as a literal."""
    return f'"{words}"@{language}' if language else f'"{words}"'


def typed(value: object, datatype: str) -> str:
    """Return a value as a literal of one of XML Schema's datatypes."""
    return f'"{value}"^^<{_XSD}{datatype}>'


@dataclass
class Thing:
    """One thing: its IRI, the name of its class, and what is said of it, each a property and a value in N-Triples."""

    iri: str
    kind: str
    said: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, kind: str, sort: str, slug: str, label: str) -> Thing:
        """Return a thing of class `kind`, a prefixed name, with its English label; its IRI is id/`sort`/`slug`."""
        thing = cls(f"{BASE}id/{sort}/{slug}", kind.partition(":")[2])
        return thing.say("rdf:type", iri(kind)).say("rdfs:label", text(label))

    def say(self, name: str, *values: str) -> Thing:
        """Add a statement for each value."""
        self.said += [(iri(name), value) for value in values]
        return self

    def unsay(self, name: str) -> Thing:
        """Take back all that is said with a property."""
        gone = iri(name)
        self.said = [each for each in self.said if each[0] != gone]
        return self

    def lines(self) -> list[str]:
        """Return the statements as lines of N-Triples, each once."""
        return list(dict.fromkeys(f"<{self.iri}> {name} {value} .\n" for name, value in self.said))


@dataclass(frozen=True)
class Unit:
    """Things that belong into one file, and which."""

    folder: str
    name: str
    things: Iterator[Thing]

    @property
    def file(self) -> str:
        """The path of the file below the output folder."""
        return f"{self.folder}/{self.name}.nt" if self.folder else f"{self.name}.nt"
