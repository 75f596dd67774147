"""How to take an answer into other tools: lines to be copied, with every address quoted as the tool reads it."""

from __future__ import annotations

import json
import shlex
from typing import NamedTuple


class Snippet(NamedTuple):
    """A few lines for one tool, and what they need."""

    name: str
    needs: str
    text: str


def snippets(name: str, csv: str, tsv: str, results: str) -> list[Snippet]:
    """Return lines for curl, Python and R that fetch the answer called `name` from the full addresses of its forms."""
    return [
        Snippet("curl", "curl; saves a CSV file", _curl(name, csv)),
        Snippet("Python", "Python 3.8 or newer, nothing else; gives a list of rows", _python(results)),
        Snippet("R", "R, nothing else; gives a data frame", _r(tsv)),
    ]


def _curl(name: str, address: str) -> str:
    return f"curl --fail --silent --show-error --globoff --output {shlex.quote(name + '.csv')} {shlex.quote(address)}\n"


def _python(address: str) -> str:
    return (
        "import json\n"
        "import urllib.request\n"
        "\n"
        f"with urllib.request.urlopen({json.dumps(address)}) as response:\n"
        "    answer = json.load(response)\n"
        "columns = answer['head']['vars']\n"
        "rows = [{name: row[name]['value'] if name in row else None for name in columns}\n"
        "        for row in answer['results']['bindings']]\n"
        "print(len(rows), 'rows:', *columns)\n"
    )


def _r(address: str) -> str:
    quoted = address.replace("\\", "\\\\").replace('"', '\\"')
    return f'answer <- read.delim("{quoted}", quote = "", encoding = "UTF-8", check.names = FALSE)\nstr(answer)\n'
