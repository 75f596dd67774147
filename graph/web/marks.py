"""Signs that cannot be seen but change what is read (text direction, zero width), made visible on pages."""

from __future__ import annotations

import re

from markupsafe import Markup

# not the joiners U+200C and U+200D, which some scripts are written with
_UNSEEN = re.compile("[\u0000-\u0008\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")


def visible(value: object) -> object:
    """Return a text with a mark such as ⟦U+202E⟧ in place of each unseen sign; anything else as it is.

    It stands between an expression of a template and its escaping (Jinja's `finalize`).
    """
    if not isinstance(value, str) or not _UNSEEN.search(value):
        return value
    marked = _UNSEEN.sub(lambda sign: f"⟦U+{ord(sign[0]):04X}⟧", str(value))
    return Markup(marked) if isinstance(value, Markup) else marked
