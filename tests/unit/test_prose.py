"""What the mirror of prose counts: density of Python, by statement, function and line."""

from pathlib import Path

import pytest

from scripts.benches import prose


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("[a for a in b]", 0),
        ("[a for b in c for a in b]", 1),
        ("[{a for a in b} for b in c]", 1),
        ("sum(x for x in y) + sum(z for z in y)", 0),
        ("{a: [b for b in c] for a, c in d}", 1),
    ],
)
def test_count__nested_comprehensions(source: str, count: int) -> None:
    assert prose.count_source(source).nested_comprehensions == count


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("a, b = x, y", 1),
        ("self.a, self.b = x, y", 1),
        ("a, b = pair", 0),
        ("pair = x, y", 0),
        ("a, b = f(x, y)", 0),
        ("a = b = 1", 0),
    ],
)
def test_count__packed_assignments(source: str, count: int) -> None:
    assert prose.count_source(source).packed_assignments == count


def test_count__ternaries_each_by_itself() -> None:
    assert prose.count_source("a = b if c else d if e else f").ternaries == 2
    assert prose.count_source("if a:\n    b = 1\nelse:\n    b = 2").ternaries == 0


def test_count__functions_named_by_one_word() -> None:
    source = """
class Cell:
    def __init__(self): ...
    def _fill(self): ...
    def fill_places(self): ...
async def run(): ...
"""
    counts = prose.count_source(source)
    assert (counts.functions, counts.one_word_functions) == (3, 2)


def test_count__docstrings_are_no_statements() -> None:
    assert (
        prose.count_source('"""Module."""\ndef a():\n    """Function."""\n    return 1').statements
        == 2
    )


def test_count__long_lines_among_those_that_hold_something() -> None:
    line = "a = 1  # " + "-" * 100
    counts = prose.count_source(f"{line}\n\n\nb = 2\n")
    assert (counts.lines, counts.long_lines) == (2, 1)


def test_count_path__adds_up_a_folder_without_what_is_generated(tmp_path: Path) -> None:
    (tmp_path / "generated").mkdir()
    (tmp_path / "generated" / "types.py").write_text("a = 1\n")
    (tmp_path / "one.py").write_text("a, b = 1, 2\n")
    (tmp_path / "two.py").write_text("a = 1\nb = 2\nc = 3 if a else 4\n")
    counts = prose.count_path(tmp_path)
    assert counts.statements == 4
    assert counts.figures()["packed_assignments"] == 250
    assert counts.figures()["ternaries"] == 250
    assert prose.count_path(tmp_path / "generated").statements == 1


def test_count__nothing_is_no_fault() -> None:
    assert prose.count_source("").figures()["long_lines"] == 0
