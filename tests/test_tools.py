"""What is checked before a commit is what continuous integration checks."""

from __future__ import annotations

import re

import yaml

from tests.places import ROOT


def test_hooks_check_what_continuous_integration_checks():
    lint = re.findall(r"^check (.+)$", (ROOT / ".ci" / "lint").read_text(), re.MULTILINE)
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    hooks = [hook["entry"].replace(" --force-exclude", "") for hook in repository["hooks"]]
    assert repository["repo"] == "local"  # nothing is fetched
    assert hooks == [command.removesuffix(" .") for command in lint]


def test_continuous_integration_ends_with_the_tests_and_runs_the_checks():
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    assert "set -euo pipefail" in lines
    assert any(line.startswith("bash .ci/lint") for line in lines)
    assert lines[-2].endswith("-m pytest") and lines[-1] == 'exit "$lint"'
