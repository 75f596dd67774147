"""What the last build of a user's files found out, kept in the cache folder so that the next one need look only at what changed.

A record tells of one content, known by its identity: which files it was made of, each with the digest of its bytes and the names of its
graphs, and the report on them. It is kept only where all files are to be had back from a store as they were written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rdflib import URIRef

from graph import drafts, memory, resources
from graph.files import files_in
from graph.formats import Triple
from graph.identity import Identity, Part, digest_over
from graph.report import Report
from graph.settings import Settings
from graph.tally import Tally

_NAME = "built"


@dataclass(frozen=True)
class Source:
    """A file: where it lies, the digest of its bytes, and the graphs that it makes."""

    path: Path
    digest: str
    graphs: tuple[URIRef, ...]


@dataclass(frozen=True)
class Record:
    """The files of a build by the names they go by, and the report on them alone; and what the store then held: what was said of
    each graph, the sum over the inferred statements (`graph.sums`), and the tally of all but what it says of itself.
    """

    sources: dict[URIRef, Source]
    report: Report
    parts: dict[URIRef, Part]
    total: int
    tally: Tally


def digests_of(files: Mapping[URIRef, Path]) -> dict[URIRef, str]:
    """Return the digests of the bytes of files; they must be taken before the files are read."""
    found = {}
    for name, path in files.items():
        with suppress(OSError):  # what cannot be read is told by whoever reads it
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def recall(settings: Settings, identity: Identity, *options: bool) -> Record | None:
    """Return the record of a build of this identity, made with these options; None where there is none."""
    kept = memory.recall(settings.cache, _NAME, _key(identity, options))
    with suppress(ValueError, KeyError, TypeError, AttributeError):
        sources = {URIRef(name): Source(Path(path), digest, tuple(map(URIRef, graphs)))
                   for name, path, digest, graphs in kept["sources"]}
        parts = {URIRef(name): Part(digest, int(triples)) for name, (digest, triples) in kept["parts"].items()}
        record = Record(sources, Report.from_json(kept["report"]), parts, int(kept["total"], 16), Tally.from_json(kept["tally"]))
        return record if digest_over(parts) == identity.digest else None
    return None


def keep(settings: Settings, identity: Identity, record: Record, *options: bool) -> None:
    """Keep the record of a build."""
    sources = [[name, str(each.path), each.digest, each.graphs] for name, each in record.sources.items()]
    content = {
        "sources": sources, "report": record.report.as_json(), "total": f"{record.total:x}", "tally": record.tally.as_json(),
        "parts": {name: [each.digest, each.triples] for name, each in record.parts.items()},
    }  # fmt: skip
    memory.remember(settings.cache, _NAME, _key(identity, options), content)


def is_faithful(graphs: Iterable[Iterable[Triple]]) -> bool:
    """Tell whether a store gives back every literal of these graphs as it was written."""
    return drafts.stays_as_written(triple for each in graphs for triple in each)


def _key(identity: Identity, options: tuple[bool, ...]) -> str:
    files = [*files_in(resources.folder("shapes")), *sorted(resources.folder("queries").rglob("*.rq"))]
    return memory.key_of([identity.version, identity.digest, *map(str, options)], files)
