#!/usr/bin/env python3
"""Put the app on a Hugging Face Space, as it is committed here.

    hf auth login
    python .ci/push_to_space.py OWNER/NAME --dry-run   # which files would be there
    python .ci/push_to_space.py OWNER/NAME

A Space refuses binary files in a plain `git push`. They go through the Hub's API instead, which stores them as it wants
them (Xet or LFS), so that a clone of this repository needs neither. The Space gets one commit, never half of an app.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

ROOT = Path(__file__).resolve().parents[1]
# All that the app, its page on the Hub and its visitors need. Tests, tools and how the weights were made stay here.
SENT = (
    "app.py", "requirements.txt", "README.md", "LICENSE", "THIRD_PARTY_NOTICES.md", "CHANGELOG.md",
    "pix2nphm", "explorer", "examples", "docs",
)  # fmt: skip
THEIRS = {".gitattributes"}  # the Hub's own list of what it stores as LFS


def main(argv: list[str] | None = None, api: HfApi | None = None) -> int:
    """Run the command. Returns 0, or 1 when what is here is not what is committed."""
    parser = argparse.ArgumentParser(description="Put the app on a Hugging Face Space, as it is committed here.")
    parser.add_argument("space", metavar="OWNER/NAME", help="it is made if there is none")
    parser.add_argument("--dry-run", action="store_true", help="only list the files")
    arguments = parser.parse_args(argv)
    files = committed_files()
    for path in files if arguments.dry_run else ():
        print(path)
    size = sum((ROOT / path).stat().st_size for path in files) / 1e6
    print(f"{len(files)} files, {size:.0f} MB", file=sys.stderr)
    if arguments.dry_run:
        return 0
    if changed := git("status", "--porcelain", "--", *SENT):
        print(f"Commit first what is not committed:\n{changed}", file=sys.stderr)
        return 1
    print(push(api or HfApi(), arguments.space, files))
    return 0


def committed_files() -> list[str]:
    """What a Space gets: files of `SENT` that git knows, so neither data, runs nor an environment."""
    return git("ls-files", "--", *SENT).splitlines()


def push(api: HfApi, space: str, files: list[str]) -> str:
    """Make the Space hold exactly `files`, in one commit. Returns the commit's address."""
    api.create_repo(space, repo_type="space", space_sdk="gradio", exist_ok=True)
    gone = set(api.list_repo_files(space, repo_type="space")) - set(files) - THEIRS
    operations = [CommitOperationAdd(path, ROOT / path) for path in files]
    operations += [CommitOperationDelete(path) for path in sorted(gone)]
    message = git("log", "-1", "--format=%s (%h)")
    return api.create_commit(space, operations, commit_message=message, repo_type="space").commit_url


def git(*arguments: str) -> str:
    """What git says of this repository."""
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
