"""The wheel holds the whole library and nothing else, and works where this folder is not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest
import trimesh

from tests.places import EXAMPLES, ROOT

NOT_OURS = shutil.ignore_patterns("__pycache__", "*.pyi")


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command that must not see this folder."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    return subprocess.run(
        list(map(str, command)), cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Built from a copy, because a build leaves folders behind, and without the build tools being fetched again."""
    folder = tmp_path_factory.mktemp("build")
    shutil.copytree(ROOT / "pix2nphm", folder / "pix2nphm", ignore=NOT_OURS)
    for name in ("pyproject.toml", "README.md", "LICENSE", "THIRD_PARTY_NOTICES.md"):
        shutil.copy2(ROOT / name, folder)
    quick = "--config-settings=--build-option=--compression=stored"
    built = run(
        sys.executable, "-m", "pip", "wheel", ".", "--no-deps", "--no-build-isolation", quick, "-w", "dist", cwd=folder
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = (folder / "dist").glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory) -> Path:
    """The Python of a fresh environment with the wheel. The packages it needs are borrowed from the one that tests."""
    folder = tmp_path_factory.mktemp("elsewhere") / "venv"
    python = folder / "bin" / "python"
    assert run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder.parent).returncode == 0
    site = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).stdout.strip()
    (Path(site) / "borrowed.pth").write_text("\n".join(path for path in sys.path if path.endswith("-packages")))
    installed = run(python, "-m", "pip", "install", "-q", "--no-deps", wheel, cwd=folder)
    assert installed.returncode == 0, installed.stderr
    return python


def test_the_wheel_holds_each_file_of_the_library_and_no_app(wheel):
    with zipfile.ZipFile(wheel) as archive:
        packed = {info.filename: info.CRC for info in archive.infolist() if ".dist-info/" not in info.filename}
    files = [path for path in (ROOT / "pix2nphm").rglob("*") if path.is_file()]
    ours = [path for path in files if "__pycache__" not in path.parts and path.suffix != ".pyi"]
    assert packed == {path.relative_to(ROOT).as_posix(): zlib.crc32(path.read_bytes()) for path in ours}


def test_what_the_wheel_asks_for_is_what_the_app_is_tested_with(python):
    checked = run(python, "-m", "pip", "check", cwd=python.parent)
    assert checked.returncode == 0, checked.stdout


def test_the_command_works_elsewhere(python, tmp_path):
    shutil.copy(EXAMPLES / "haaland_debra.jpg", tmp_path / "photo.jpg")
    ran = run(python.parent / "pix2nphm", "photo.jpg", "-o", "out", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert len(trimesh.load_mesh(tmp_path / "out" / "photo.glb").vertices) > 5000
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert written == {"photo.code.npz", "photo.glb", "photo.overlay.png"}


def test_the_command_says_how_it_is_used(python, tmp_path):
    ran = run(python.parent / "pix2nphm", cwd=tmp_path)
    assert ran.returncode == 2 and "usage: " in ran.stderr and "Traceback" not in ran.stderr
