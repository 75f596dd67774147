"""Compressed files, unpacked piece by piece so that a small file can never become a large one unseen."""

from __future__ import annotations

import zlib

from graph.errors import ParseError, PayloadTooLarge

MOST = 200_000_000  # bytes of one file's text; its terms in memory take some ten times as much

_GZIP = b"\x1f\x8b"
_PIECE = 1_048_576


def unpacked(data: bytes, *, source: str, most: int = MOST) -> bytes:
    """Return `data`, decompressed once where it is gzip (also of several members).

    Raises PayloadTooLarge as soon as the text has more than `most` bytes, and ParseError for an archive that is cut or
    damaged.
    """
    pieces, left, size = [], data, len(data)
    while left.startswith(_GZIP):
        size = sum(map(len, pieces))
        inflater = zlib.decompressobj(wbits=31)
        while not inflater.eof:
            piece = _next(inflater, left, source)
            size += len(piece)
            if size > most:
                break
            pieces.append(piece)
            left = inflater.unconsumed_tail
        left = inflater.unused_data
    if size > most:
        raise PayloadTooLarge(f"{source} has more than {most} bytes once it is unpacked, which is the limit; split it.")
    return b"".join(pieces) or left


def _next(inflater: zlib._Decompress, left: bytes, source: str) -> bytes:
    try:
        piece = inflater.decompress(left, _PIECE)
    except zlib.error:
        raise ParseError("this gzip archive is damaged; fetch or make it again.", source=source) from None
    if not piece and not inflater.eof and not inflater.unconsumed_tail:
        raise ParseError("this gzip archive breaks off; fetch or make it again.", source=source)
    return piece
