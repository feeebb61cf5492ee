"""Two commits read the same documents in turn: what `scripts/bench parse --against REV` compares.

The older one stands in a worktree of its own while it is measured. Each commit reads in a process
of its own, which runs `parse_side.py` of this checkout with that commit's modules.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_SIDE = Path(__file__).with_name("parse_side.py")


class NotComparable(Exception):
    """There is no such commit, or it cannot read documents; the message is a sentence."""


@dataclass
class Comparison:
    """CPU seconds of all documents, and those that the two read differently."""

    then: float = 0.0
    now: float = 0.0
    read_differently: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Reading:
    """What a commit made of one document: the least CPU seconds, and a hash of what it read."""

    seconds: float
    digest: str


def compare_with_commit(root: Path, revision: str, paths: list[Path], repeats: int) -> Comparison:
    """Reads every document with the commit and with the checkout at `root`, `repeats` times."""
    comparison = Comparison()
    with _worktree(root, revision) as older, _side(older) as then, _side(root) as now:
        for path in paths:
            before, after = _read_in_turn(then, now, path, repeats)
            comparison.then += before.seconds
            comparison.now += after.seconds
            if before.digest != after.digest:
                comparison.read_differently.append(str(path))
    return comparison


@contextmanager
def _worktree(root: Path, revision: str) -> Iterator[Path]:
    """The commit in a temporary folder, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="dossier-bench-") as folder:
        path = Path(folder) / "checkout"
        added = _git(root, "worktree", "add", "--quiet", "--detach", str(path), revision)
        if added.returncode:
            raise NotComparable(f"{revision} cannot be checked out: {added.stderr.strip()}")
        try:
            yield path
        finally:
            _git(root, "worktree", "remove", "--force", str(path))


def _git(root: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True)


@contextmanager
def _side(root: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process that reads with the modules of the checkout at `root`."""
    process = subprocess.Popen(
        [sys.executable, "-P", str(_SIDE)],
        env={**os.environ, "PYTHONPATH": str(root)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def _read_in_turn(
    then: "subprocess.Popen[str]", now: "subprocess.Popen[str]", path: Path, repeats: int
) -> tuple[_Reading, _Reading]:
    """Both readings. They change places every time, so that neither is always the first."""
    befores = []
    afters = []
    for number in range(repeats):
        if number % 2 == 0:
            befores.append(_read(then, path))
            afters.append(_read(now, path))
        else:
            afters.append(_read(now, path))
            befores.append(_read(then, path))
    return _fastest(befores), _fastest(afters)


def _fastest(readings: list[_Reading]) -> _Reading:
    return min(readings, key=lambda reading: reading.seconds)


def _read(side: "subprocess.Popen[str]", path: Path) -> _Reading:
    assert side.stdin is not None
    assert side.stdout is not None
    try:
        side.stdin.write(f"{json.dumps(str(path))}\n")
        side.stdin.flush()
        answer: dict[str, Any] = json.loads(side.stdout.readline())
    except (BrokenPipeError, ValueError) as error:
        raise NotComparable(
            "One of the commits cannot read documents so; it says above why."
        ) from error
    return _Reading(**answer)
