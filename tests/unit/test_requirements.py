"""The table of requirements: what is collected, what is a fault, what a run is told to have
proved.
"""

from pathlib import Path

import pytest

from scripts.commands import requirements

# Put together here: rows of this file's samples are no claims of its tests.
ROW = "E-" + "XX-0"
TEST = f'''"""A module. {ROW}1."""

def test_a() -> None:
    """{ROW}2, {ROW}9: twice."""

async def test_b() -> None:
    """{ROW}2: a second."""

def helper() -> None:
    """{ROW}3 is named by no test."""
'''
JUNIT = """<testsuites><testsuite>
<testcase classname="tests.test_made" name="test_a[one]"/>
<testcase classname="tests.test_made" name="test_a[two]"><failure/></testcase>
<testcase classname="tests.test_made" name="test_b"><skipped/></testcase>
</testsuite></testsuites>"""


@pytest.fixture(autouse=True)
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of three rows: one that its module proves, one that two tests do, one that nobody
    does.
    """
    rows = "".join(f'{ROW}{number} = "Says {number}"\n' for number in (1, 2, 3))
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_made.py").write_text(TEST)
    (tmp_path / "tests" / "requirements.toml").write_text(
        f"[rows]\n{rows}[without_test]\n{ROW}1 = 'n/a'\n"
    )
    monkeypatch.setattr(requirements, "ROOT", tmp_path)
    monkeypatch.setattr(requirements, "ROWS", tmp_path / "tests" / "requirements.toml")
    monkeypatch.setattr(requirements, "RESULTS", tmp_path / "requirements.md")
    return tmp_path


def test_faults__name_rows_without_proof_with_too_much_and_unknown() -> None:
    assert list(requirements.faults()) == [
        f"{ROW}3 has neither a test nor a reason in tests/requirements.toml",
        f"{ROW}1 has a test and a reason for having none",
        f"{ROW}9 is named but not in tests/requirements.toml",
    ]


def test_page__lists_tests_and_no_result() -> None:
    assert f"| {ROW}1 | Says 1 | `tests/test_made.py` |" in requirements.page()
    both = "`tests/test_made.py::test_a`<br>`tests/test_made.py::test_b`"
    assert f"| {ROW}2 | Says 2 | {both} |" in requirements.page()
    assert f"| {ROW}3 | Says 3 | none yet |" in requirements.page()


def test_report__a_row_fails_with_its_worst_test(house: Path) -> None:
    (house / "junit.xml").write_text(JUNIT)
    assert requirements.report_run(house / "junit.xml").startswith("Requirements: 0 of 3 passed (")
    told = (house / "requirements.md").read_text()
    assert f"{ROW}2 | Says 2 |" in told
    assert told.count("| failed |") == 2
    assert "| none yet | not run |" in told
    (house / "junit.xml").write_text(JUNIT.replace("<failure/>", ""))
    assert requirements.report_run(house / "junit.xml").startswith("Requirements: 2 of 3 passed (")
