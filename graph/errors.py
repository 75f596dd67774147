"""Every error this package raises on purpose, in one tree.

Each class says how it leaves the house: `exit_code` on the command line (1: the data or the answer is not what it
should be, 2: wrong use or broken input), `status` and `title` over HTTP. A message is one plain sentence that names
the file, line, IRI or key and the remedy; it is fit to be shown to whoever caused it.

TropicoError
  UsageError · NotFound · DataError · ParseError
  QueryError · QueryRefused · QueryTimeout · ResultTooLarge
  QueryTimeout: UploadTimeout · MemoryExceeded; WorkerDied · TooManyAtOnce: TooManyRequests
  NotAcceptable · UnsupportedMediaType · PayloadTooLarge · AddressTooLong · Misdirected
  StoreError · StoreBusy · StoreDamaged
    RemoteError · RemoteTimeout · RemoteBusy
  OntologyError · ReasonerMissing · DrawingError
"""

from __future__ import annotations


class TropicoError(Exception):
    """What every error of this package is; never raised itself."""

    exit_code: int = 2
    status: int = 500
    title: str = "Something went wrong"


class UsageError(TropicoError):
    """A setting, an argument or a parameter is not one that can be used."""

    status = 400
    title = "Wrong use"


class NotFound(TropicoError):
    """What was asked for does not exist here."""

    status = 404
    title = "Not found"


class ParseError(TropicoError):
    """A document is not well-formed.

    `source` is what the reader knows the document by (a path, a file name), `line` and `column` count from 1 and are
    None where the parser knows no position. `str()` gives `source:line:column: message`.
    """

    status = 422
    title = "The document cannot be read"

    def __init__(self, message: str, *, source: str, line: int | None = None, column: int | None = None) -> None:
        place = ":".join(str(part) for part in (source, line, column) if part is not None)
        super().__init__(f"{place}: {message}")
        self.message = message
        self.source = source
        self.line = line
        self.column = column


class DataError(TropicoError):
    """Data that can be read but is not what it should be; `report` is the validation report where shapes said so."""

    exit_code = 1
    status = 422
    title = "The data is not what it should be"

    def __init__(self, message: str, report: object | None = None) -> None:
        super().__init__(message)
        self.report = report


class QueryError(TropicoError):
    """A query is not one that can be answered; `line` and `column` count from 1 and are None where not known."""

    status = 400
    title = "The query cannot be read"

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


class QueryRefused(TropicoError):
    """A query asks for something that is not done here, such as calling another server."""

    status = 403
    title = "The query is refused"


class QueryTimeout(TropicoError):
    """A query was stopped at the time limit."""

    exit_code = 1
    status = 504
    title = "The query took too long"


class UploadTimeout(QueryTimeout):
    """Work on a file was stopped at the time limit."""

    title = "The file took too long"


class MemoryExceeded(QueryTimeout):
    """Work was stopped at the memory limit."""

    title = "It needed too much memory"


class WorkerDied(TropicoError):
    """The process that worked on a query or a file ended in the middle of it."""

    exit_code = 1
    title = "The work broke off"


class TooManyAtOnce(TropicoError):
    """Everything that may run at once is running; `retry_after` seconds is how long to wait."""

    exit_code = 1
    status = 503
    title = "Too much at once"

    def __init__(self, message: str, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TooManyRequests(TooManyAtOnce):
    """One client asks for more than its share."""

    status = 429
    title = "More than your share"


class ResultTooLarge(TropicoError):
    """An answer went past the limit on rows or bytes."""

    exit_code = 1
    status = 413
    title = "The answer is too large"


class NotAcceptable(TropicoError):
    """None of the formats the client accepts is offered."""

    status = 406
    title = "No acceptable format"


class UnsupportedMediaType(TropicoError):
    """A format that is not read or written here."""

    status = 415
    title = "Unknown format"


class PayloadTooLarge(TropicoError):
    """A query or a file is larger than the limit."""

    status = 413
    title = "Too much at once"


class AddressTooLong(TropicoError):
    """A query in an address is longer than the limit."""

    status = 414
    title = "The address is too long"


class Misdirected(TropicoError):
    """A request names a host that this server does not answer for."""

    status = 421
    title = "Wrong host"


class StoreError(TropicoError):
    """The store cannot be opened, read or written."""

    exit_code = 1
    title = "The store cannot be used"


class StoreBusy(StoreError):
    """Another process is writing to the store."""

    status = 503
    title = "The store is being written"


class StoreDamaged(StoreError):
    """What lies on disk is not what was written."""

    title = "The store is damaged"


class RemoteError(StoreError):
    """The engine on another server is not reached, refuses, or gives an answer that is none."""

    status = 502
    title = "The engine behind this server fails"


class RemoteTimeout(RemoteError):
    """The engine on another server was given up at the time limit."""

    status = 504
    title = "The engine behind this server took too long"


class RemoteBusy(RemoteError):
    """The engine on another server asks for patience; `retry_after` in seconds."""

    status = 503
    title = "The engine behind this server is busy"

    def __init__(self, message: str, retry_after: int = 5) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class OntologyError(TropicoError):
    """The ontology cannot be used: an import is missing, or it contradicts itself."""

    exit_code = 1
    title = "The ontology cannot be used"


class ReasonerMissing(TropicoError):
    """The reasoner needs a Java that is not there."""

    exit_code = 1
    title = "No reasoner"


class DrawingError(TropicoError):
    """A chart could not be drawn."""

    exit_code = 1
    title = "Chart not drawn"
