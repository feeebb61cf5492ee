"""Rows of CSV and XLSX, a window at a time."""

import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from scripts.samples import OFFICE_SAMPLES
from service.parsing import sniff, table
from service.parsing.models import Unreadable

REVIEWS = OFFICE_SAMPLES / "en_reviews.csv"


def _csv(folder: Path, content: bytes) -> Path:
    path = folder / "table"
    path.write_bytes(content)
    return path


def _xlsx(folder: Path, *rows: list[Any]) -> Path:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(row)
    book.save(folder / "table")
    return folder / "table"


def test_csv__of_an_older_encoding_with_its_own_separator() -> None:
    rows = table.read_rows(REVIEWS, sniff.CSV, ["body", "author"], 0, 10)
    assert len(rows) == 5
    assert rows[1] == ['The board came "a week late"; the invoice was right.', "Séan"]
    assert rows[4][0] == "First line.\nSecond line; still the same review."


def test_rows__come_in_windows() -> None:
    titles = [
        row
        for after in range(0, 6, 2)
        for row in table.read_rows(REVIEWS, sniff.CSV, ["title"], after, 2)
    ]
    assert titles == [["Good"], ["Late"], ["Again"], ["Nothing"], ["Lines"]]
    assert table.read_rows(REVIEWS, sniff.CSV, ["title"], 5, 2) == []


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_csv__separator_is_that_of_the_header(separator: str, tmp_path: Path) -> None:
    header, row = ['"Name, first; last"', "text"], ["A", '"x, y; z"']
    path = _csv(
        tmp_path,
        "\n".join(separator.join(line) for line in (header, row, [], row)).encode("utf-16"),
    )
    assert (
        table.read_rows(path, sniff.CSV, ["text", "Name, first; last"], 0, 9)
        == [["x, y; z", "A"]] * 2
    )


def test_csv__a_short_row_has_empty_cells_and_a_long_cell_is_kept(tmp_path: Path) -> None:
    path = _csv(tmp_path, b"a,b\n1\n2," + b"x" * 300_000)
    assert [len(row[1]) for row in table.read_rows(path, sniff.CSV, ["a", "b"], 0, 9)] == [
        0,
        300_000,
    ]


def test_xlsx__cells_as_text(tmp_path: Path) -> None:
    day = datetime.datetime(2025, 3, 1)
    path = _xlsx(
        tmp_path,
        [" text ", "day", "n"],
        ["Größe", day, 12.0],
        [None, None, None],
        ["=1", day.date(), 1.5],
    )
    assert table.read_rows(path, sniff.XLSX, ["text", "day", "n"], 0, 9)[0] == [
        "Größe",
        "2025-03-01",
        "12",
    ]
    assert len(table.read_rows(path, sniff.XLSX, ["text"], 0, 9)) == 2


@pytest.mark.parametrize(
    ("content", "media_type", "code"),
    [
        (b"other\n1\n", sniff.CSV, "column_missing"),
        (b"text\n", sniff.CSV, "no_rows"),
        (b"text\n\n,,\n", sniff.CSV, "no_rows"),
        (b"", sniff.CSV, "column_missing"),
        (b"\0\1\2", sniff.CSV, "column_missing"),
        (b"PK\x03\x04 no workbook", sniff.XLSX, "corrupt"),
    ],
)
def test_rows__of_no_use_are_refused_with_a_code(
    content: bytes, media_type: str, code: str, tmp_path: Path
) -> None:
    with pytest.raises(Unreadable) as refused:
        table.read_rows(_csv(tmp_path, content), media_type, ["text"], 0, 9)
    assert refused.value.code == code
