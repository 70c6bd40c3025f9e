"""The README keeps its word: its example runs, and its test command is the one that continuous integration runs."""

import re
import subprocess
import sys

import trimesh

from tests.places import ROOT

README = (ROOT / "README.md").read_text()


def test_the_python_example_runs_verbatim(tmp_path):
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    section = re.search(r"## In Python\n(.*?)\n## ", README, re.DOTALL).group(1)
    example = "\n".join(re.findall(r"```python\n(.*?)```", section, re.DOTALL))
    command = [sys.executable, "-c", example]
    environment = {"PYTHONPATH": str(ROOT)}
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "(68, 2)" in ran.stdout or "[68, 2]" in ran.stdout
    assert len(trimesh.load_mesh(tmp_path / "head.glb").vertices) > 5000
    assert (tmp_path / "head.code.npz").stat().st_size > 0
    assert len(trimesh.load_mesh(tmp_path / "between.glb").vertices) > 5000


def test_continuous_integration_runs_the_readmes_test_command():
    commands = re.findall(r"```sh\n(.*?)\n```", README, re.DOTALL)
    test_command = next(command for command in commands if command.endswith("pytest"))
    run = (ROOT / ".ci" / "run").read_text()
    assert test_command.replace("pip install", "pip install -q") in run
