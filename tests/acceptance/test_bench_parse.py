"""`scripts/bench parse --against REV`: two commits read the same documents, and nothing is left."""

import subprocess
from pathlib import Path

import pytest

from scripts.benches import parse
from scripts.benches.parse_against import NotComparable, compare_with_commit
from scripts.samples import SAMPLES

ROOT = Path(__file__).resolve().parents[2]
INVOICE = SAMPLES / "en_invoice_joinery.pdf"


def worktrees() -> str:
    command = ["git", "-C", str(ROOT), "worktree", "list"]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


def test_compare__reads_with_both_and_leaves_no_worktree() -> None:
    before = worktrees()
    comparison = compare_with_commit(ROOT, "HEAD", [INVOICE, SAMPLES / "de_mahnung.pdf"], 2)
    assert comparison.then > 0
    assert comparison.now > 0
    assert comparison.read_differently == []
    assert worktrees() == before


def test_compare__tells_what_is_read_differently(tmp_path: Path) -> None:
    """The commit reads an empty page where the checkout, a copy beside it, reads the words."""
    copy = tmp_path / "checkout"
    subprocess.run(["git", "clone", "--quiet", "--shared", str(ROOT), str(copy)], check=True)
    module = copy / "service" / "parsing" / "parse.py"
    module.write_text(
        module.read_text().replace("limits = limits or Limits()", "limits = Limits(text_chars=0)")
    )
    comparison = compare_with_commit(copy, "HEAD", [INVOICE], 1)
    assert comparison.read_differently == [str(INVOICE)]


@pytest.mark.parametrize("revision", ["no-such-commit"])
def test_compare__of_no_commit_is_a_sentence(revision: str) -> None:
    with pytest.raises(NotComparable, match="no-such-commit cannot be checked out"):
        compare_with_commit(ROOT, revision, [INVOICE], 1)


@pytest.mark.parametrize(("least", "code"), [("0.000001", 0), ("1000000", 1)])
def test_against__fails_beyond_the_bound(
    least: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(parse, "find_papers", lambda: iter([parse.Paper(INVOICE, 1)]))
    assert parse.main(["--against", "HEAD", "--repeats", "1", "--least", least]) == code
    assert "1 born-digital PDFs, 0 of them read differently" in capsys.readouterr().out
