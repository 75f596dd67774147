"""The mark of made-up data: a file that describes a trop:SyntheticDataset is made up as a whole."""

from __future__ import annotations

from collections.abc import Iterable

from rdflib import RDF

from graph.errors import DataError
from graph.formats import Document
from graph.prefixes import TROP

_MARK = (RDF.type, TROP.SyntheticDataset)


def refuse(documents: Iterable[Document]) -> None:
    """Raise DataError, naming file and remedy, where a document says that it is made up."""
    for document in documents:
        for subject, *said in document.triples:
            if tuple(said) == _MARK:
                raise DataError(
                    f"{document.path} says of itself, as <{subject}>, that its data are made up; leave it out,"
                    " or load it by --allow-synthetic into a store of its own."
                )
