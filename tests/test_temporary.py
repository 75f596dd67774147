"""A temporary folder ends with its process, however that ends, and nobody else's is touched."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from graph import temporary

_HOLD = (
    "import sys, tempfile; tempfile.tempdir = sys.argv[1]\n"
    "from graph.temporary import temporary_folder\n"
    "folder, remove = temporary_folder(); (folder / 'data').write_text('x'); print(folder, flush=True); sys.stdin.read()"
)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary folders."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def _holder(place: Path) -> tuple[subprocess.Popen[str], Path]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(place)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_the_folder_is_empty_and_goes_when_told(place: Path) -> None:
    folder, remove = temporary.temporary_folder()
    assert list(folder.iterdir()) == []
    remove()
    assert list(place.iterdir()) == []


def test_what_a_killed_process_left_goes_and_what_a_living_one_holds_stays(place: Path) -> None:
    killed, left = _holder(place)
    living, held = _holder(place)
    killed.kill()
    killed.communicate()
    assert left.exists()
    assert temporary.sweep() == 1
    assert not left.parent.exists() and (held / "data").exists()
    living.communicate()


def test_making_a_folder_sweeps(place: Path) -> None:
    killed, left = _holder(place)
    killed.kill()
    killed.communicate()
    _, remove = temporary.temporary_folder()
    assert not left.exists()
    remove()


def test_a_folder_that_only_looks_like_ours_stays(place: Path) -> None:
    (place / "tropico-notes").mkdir()
    (place / "tropico-notes" / "thesis.txt").write_text("years of work")
    (place / "elsewhere").mkdir()
    (place / "elsewhere" / "alive.lock").write_text("")
    (place / "tropico-link").symlink_to(place / "elsewhere")
    assert temporary.sweep() == 0
    assert (place / "tropico-notes" / "thesis.txt").exists() and (place / "elsewhere" / "alive.lock").exists()


def test_a_folder_of_another_user_stays(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed, left = _holder(place)
    killed.kill()
    killed.communicate()
    monkeypatch.setattr(temporary, "_is_own", lambda folder: False)
    assert temporary.sweep() == 0 and left.exists()
