"""What a run of the bench was made on: the machine, and the versions of everything that was measured."""

from __future__ import annotations

import datetime
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = ("rdflib", "pyoxigraph", "oxigraph", "pyshacl", "owlrl", "pyrudof", "SPARQLWrapper", "Flask")


def described() -> dict[str, str]:
    """Return what is to be known of the machine and the versions, each by its name."""
    return {
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": _memory(),
        "load before": ", ".join(f"{each:.1f}" for each in os.getloadavg()),
        "Python": platform.python_version(),
        **{name: found for name in _PACKAGES if (found := _version(name))},
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _processor() -> str:
    return _said(Path("/proc/cpuinfo"), "model name") or platform.processor() or "unknown processor"


def _memory() -> str:
    total = _said(Path("/proc/meminfo"), "MemTotal")
    return f"{int(total.split()[0]) / 2**20:.0f} GiB" if total else "unknown"


def _said(file: Path, key: str) -> str:
    """Return the first value of a key in a file of /proc, "" where there is none."""
    if not file.exists():
        return ""
    lines = (line.partition(":") for line in file.read_text(encoding="utf-8").splitlines())
    return next((value.strip() for name, _, value in lines if name.strip() == key), "")
