"""The packaged folders are found in a checkout and in a wheel."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph import __version__, resources
from graph.errors import NotFound


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty package folder, with site-packages or a checkout around it."""
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "graph")
    return tmp_path / "graph"


def test_a_checkout_has_its_folders_beside_the_package(package: Path) -> None:
    (package.parent / "data").mkdir()
    assert resources.folder("data") == package.parent / "data"


def test_a_wheel_has_its_own_folder_even_where_another_package_has_one_of_that_name(package: Path) -> None:
    (package.parent / "data").mkdir()
    (package / "_data" / "data").mkdir(parents=True)
    assert resources.folder("data") == package / "_data" / "data"


def test_a_folder_that_is_nowhere_is_named_with_both_places(package: Path) -> None:
    with pytest.raises(NotFound) as caught:
        resources.folder("queries")
    assert str(package / "_data" / "queries") in str(caught.value) and str(package.parent / "queries") in str(
        caught.value
    )


def test_the_version_is_the_packages() -> None:
    assert resources.version() == __version__
