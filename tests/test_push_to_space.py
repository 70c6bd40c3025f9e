"""What is sent to a Space, told by a Hub that only takes notes."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationDelete

from tests.places import ROOT

SPEC = importlib.util.spec_from_file_location("push_to_space", ROOT / ".ci" / "push_to_space.py")
LARGEST = 10_000_000  # bytes of a file that git takes here

pytestmark = pytest.mark.skipif(not (ROOT / ".git").exists(), reason="what is sent is what is committed")


@pytest.fixture
def script():
    module = importlib.util.module_from_spec(SPEC)
    SPEC.loader.exec_module(module)
    return module


class Hub:
    """Keeps what it is told. It holds the files of an earlier app."""

    def __init__(self, *held: str) -> None:
        self.held = held

    def create_repo(self, space: str, **how) -> None:
        self.made = (space, how)

    def list_repo_files(self, space: str, repo_type: str) -> list[str]:
        return list(self.held)

    def create_commit(self, space: str, operations: list, commit_message: str, repo_type: str):
        assert (space, repo_type) == (self.made[0], "space")
        self.operations, self.message = operations, commit_message
        return SimpleNamespace(commit_url=f"https://hub/{space}/commit/1")


def test_a_space_gets_the_app_and_nothing_else(script):
    sent = set(script.committed_files())
    shards = {path.relative_to(ROOT).as_posix() for path in (ROOT / "pix2nphm" / "weights").glob("*.safetensors")}
    assert len(shards) > 1 and shards < sent
    assert {"app.py", "requirements.txt", "README.md", "explorer/__init__.py", "examples/sources.json"} < sent
    rooms = {Path(path).parts[0] for path in sent}
    assert not rooms & {"tests", "shared", "runs", "out", ".venv", ".ci", ".git", "node_modules", "package.json"}
    assert not [path for path in sent if path.endswith((".pyc", ".pyi"))]
    assert all((ROOT / path).stat().st_size < LARGEST for path in sent)


def test_one_commit_brings_the_files_and_takes_those_of_an_earlier_app(script):
    hub = Hub("app.py", "old.py", ".gitattributes")
    files = script.committed_files()
    assert script.push(hub, "someone/heads", files) == "https://hub/someone/heads/commit/1"
    assert hub.made == ("someone/heads", {"repo_type": "space", "space_sdk": "gradio", "exist_ok": True})
    added = {op.path_in_repo: op for op in hub.operations if isinstance(op, CommitOperationAdd)}
    assert list(added) == files
    assert Path(added["app.py"].path_or_fileobj).read_bytes() == (ROOT / "app.py").read_bytes()
    assert [op.path_in_repo for op in hub.operations if isinstance(op, CommitOperationDelete)] == ["old.py"]
    assert hub.message


def test_a_dry_run_asks_nothing_of_the_hub(script, capsys):
    assert script.main(["someone/heads", "--dry-run"], api=None) == 0
    assert capsys.readouterr().out.splitlines() == script.committed_files()


def test_changes_that_are_not_committed_are_not_sent(script, tmp_path, monkeypatch, capsys):
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "An app"]):
        (tmp_path / "app.py").write_text("print(1)")
        subprocess.run([*git, *command], check=True)
    monkeypatch.setattr(script, "ROOT", tmp_path)
    monkeypatch.setattr(script, "SENT", ("app.py",))
    hub = Hub()
    assert script.main(["someone/heads"], api=hub) == 0 and len(hub.operations) == 1
    (tmp_path / "app.py").write_text("print(2)")
    untouched = Hub()
    assert script.main(["someone/heads"], api=untouched) == 1
    assert not hasattr(untouched, "made") and "app.py" in capsys.readouterr().err
