"""`scripts/bench parse --against REV`: two commits read the same documents, and nothing is left."""

import subprocess
from pathlib import Path

import pytest

from scripts.benches import parse
from scripts.benches.parse_against import NotComparable, compare_with_commit
from scripts.samples import SAMPLES

ROOT = Path(__file__).resolve().parents[2]
INVOICE = SAMPLES / "en_invoice_joinery.pdf"


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout as it was committed: what is being changed in this one does not matter."""
    copy = tmp_path / "checkout"
    git(ROOT, "clone", "--quiet", "--shared", str(ROOT), str(copy))
    return copy


def test_compare__reads_with_both_and_leaves_no_worktree(checkout: Path) -> None:
    papers = [INVOICE, SAMPLES / "de_mahnung.pdf"]
    comparison = compare_with_commit(checkout, "HEAD", papers, 2)
    assert comparison.then > 0
    assert comparison.now > 0
    assert comparison.read_differently == []
    assert len(git(checkout, "worktree", "list").splitlines()) == 1


def test_compare__tells_what_is_read_differently(checkout: Path) -> None:
    module = checkout / "service" / "parsing" / "zones.py"
    module.write_text(module.read_text() + "\nlayout = lambda *_: Parsed((), ())\n")
    comparison = compare_with_commit(checkout, "HEAD", [INVOICE], 1)
    assert comparison.read_differently == [str(INVOICE)]


def test_compare__with_no_commit_is_a_sentence(checkout: Path) -> None:
    with pytest.raises(NotComparable, match="no-such-commit cannot be checked out"):
        compare_with_commit(checkout, "no-such-commit", [INVOICE], 1)


@pytest.mark.parametrize(("least", "code"), [("0.000001", 0), ("1000000", 1)])
def test_against__fails_beyond_the_bound(
    least: str,
    code: int,
    checkout: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(parse, "ROOT", checkout)
    monkeypatch.setattr(parse, "find_papers", lambda: iter([parse.Paper(INVOICE, 1)]))
    assert parse.main(["--against", "HEAD", "--repeats", "1", "--least", least]) == code
    assert "1 born-digital PDFs, 0 of them read differently" in capsys.readouterr().out
