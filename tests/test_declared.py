"""Every package that is imported is declared where its importer is installed from, and nothing else is."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.places import ROOT

TRAINING = ROOT / "pix2nphm" / "training"
OUR_OWN = {"app", "explorer", "pix2nphm", "tests"}
OTHERWISE_NAMED = {"PIL": "pillow", "skimage": "scikit-image", "yaml": "pyyaml"}  # import name: package name


def library() -> Iterator[Path]:
    return (path for path in (ROOT / "pix2nphm").rglob("*.py") if TRAINING not in path.parents)


def in_pyproject() -> dict[str, Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {name(line): Requirement(line) for line in project["dependencies"]}


def in_file(path: Path) -> dict[str, Requirement]:
    """The requirements of a file, and of the files that it names by `-r`."""
    found = {}
    for line in path.read_text().splitlines():
        line = line.split("#")[0].strip()
        if line.startswith("-r "):
            found |= in_file(path.parent / line[3:])
        elif line:
            found[name(line)] = Requirement(line)
    return found


def name(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", Requirement(requirement).name).lower()


def imported(files: Iterator[Path]) -> dict[str, str]:
    """Package -> one file that imports it, of those that are neither Python's nor ours."""
    found = {}
    for path in files:
        for node in ast.walk(ast.parse(path.read_text())):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                modules = [node.module]
            for module in (module.split(".")[0] for module in modules):
                if module not in sys.stdlib_module_names and module not in OUR_OWN:
                    found[OTHERWISE_NAMED.get(module, module.replace("_", "-"))] = str(path.relative_to(ROOT))
    return found


def undeclared(files: Iterator[Path], declared: dict[str, Requirement]) -> dict[str, str]:
    return {package: path for package, path in imported(files).items() if package not in declared}


def test_what_the_library_imports_comes_with_the_wheel():
    assert undeclared(library(), in_pyproject()) == {}


def test_what_training_imports_is_in_its_requirements():
    assert undeclared(TRAINING.rglob("*.py"), in_pyproject() | in_file(TRAINING / "requirements.txt")) == {}


def test_what_the_app_imports_is_in_the_requirements():
    files = [ROOT / "app.py", *(ROOT / "explorer").rglob("*.py")]
    assert undeclared(files, in_file(ROOT / "requirements.txt")) == {}


def test_what_the_tests_import_is_in_the_requirements_of_development():
    assert undeclared((ROOT / "tests").rglob("*.py"), in_file(ROOT / "requirements-dev.txt")) == {}


def test_the_app_is_tested_with_versions_that_the_wheel_allows():
    pinned = in_file(ROOT / "requirements.txt")
    for package, allowed in in_pyproject().items():
        (pin,) = pinned[package].specifier
        assert pin.operator == "==" and allowed.specifier.contains(pin.version), package


@pytest.mark.parametrize("where", ["pyproject", "requirements"])
def test_nothing_is_declared_that_is_not_imported(where):
    if where == "pyproject":
        assert set(in_pyproject()) <= set(imported(library()))
    else:
        files = [ROOT / "app.py", *(ROOT / "explorer").rglob("*.py"), *library()]
        assert set(in_file(ROOT / "requirements.txt")) <= set(imported(files))
