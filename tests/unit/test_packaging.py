"""The flat packages are ours, whole, and nothing shadows them."""

from __future__ import annotations

import importlib.util
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"][
    "targets"
]["wheel"]["packages"]


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_comes_from_this_tree(name: str) -> None:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    # Equal, not below: the environment itself lies below the root.
    assert spec.origin == str(ROOT / name / "__init__.py")


def test_every_top_level_package_is_shipped() -> None:
    found = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert found - {"tests"} == set(PACKAGES)


def test_no_other_distribution_installs_our_names() -> None:
    owners = packages_distributions()
    assert {name: set(owners.get(name, [])) - {"promoloop"} for name in PACKAGES} == {
        name: set() for name in PACKAGES
    }


def test_no_test_folder_shadows_a_package() -> None:
    assert (ROOT / "tests" / "__init__.py").is_file()
    assert not [path for path in (ROOT / "tests").rglob("*") if path.name in PACKAGES]
