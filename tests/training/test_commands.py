"""The commands in the training's README and in the model card are such as the programs understand."""

from __future__ import annotations

import argparse
import re
import shlex
import sys
from importlib import import_module
from pathlib import Path

import pytest

from pix2nphm.evaluation import __main__ as evaluation
from tests.places import ROOT

PAGES = (ROOT / "pix2nphm" / "training" / "README.md", ROOT / "pix2nphm" / "weights" / "README.md", ROOT / "README.md")


def commands(page: Path) -> list[list[str]]:
    """The words after `python -m` of each command on a page that is the training's or the evaluation's."""
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text(), re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    found = [shlex.split(line.removesuffix("&").strip()) for line in lines if line.startswith("python -m pix2nphm.")]
    return [words[2:] for words in found]


ALL = [command for page in PAGES for command in commands(page)]


class Understood(Exception):
    """The command line was read."""


def test_the_pages_hold_commands():
    modules = {command[0].removeprefix("pix2nphm.") for command in ALL}
    assert modules == {
        "training.decoder.train", "training.synthesis.portraits", "training.synthesis.photographs",
        "training.regressor.train", "training.export.bundle", "training.export.debias_identity", "evaluation",
    }  # fmt: skip


@pytest.mark.parametrize("command", ALL, ids=" ".join)
def test_a_command_of_the_pages_is_understood(command, monkeypatch):
    parse = argparse.ArgumentParser.parse_args

    def understood(*given):
        parse(*given)
        raise Understood

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", understood)
    monkeypatch.setattr(sys, "argv", command.copy())
    main = evaluation.main if command[0] == "pix2nphm.evaluation" else import_module(command[0]).main
    with pytest.raises(Understood):
        main()
