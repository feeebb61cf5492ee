"""Layout: lines of a page become zones in reading order, and no word is lost or told twice."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.parsing.models import Parsed
from service.parsing.shapes import Line, Sheet
from service.parsing.zones import layout


def line(x: float, y: float, text: str, size: float = 10, bold: bool = False) -> Line:
    words, start = [], x
    for part in text.split():
        words.append(((start, y, start + len(part) * size / 2, y + size), part))
        start += (len(part) + 1) * size / 2
    return Line((x, y, words[-1][0][2], y + size), words, " ".join(text.split()), size, bold)


def sheet(lines: Sequence[Line], number: int = 1, strays: Sequence[Line] = ()) -> Sheet:
    return Sheet(number, 600, 800, 0, (0, 0, 600, 800), list(lines), list(strays))


def paragraph(x: float, y: float, name: str, rows: int = 3, width: int = 5) -> list[Line]:
    """Running text, every word of which says where it stands."""
    return [
        line(x, y + 12 * row, " ".join(f"{name}{row}{i:02}" for i in range(width)))
        for row in range(rows)
    ]


def told(parsed: Parsed) -> list[tuple[str, str]]:
    return [(zone.kind, zone.text) for zone in parsed.zones]


def heads(parsed: Parsed) -> list[str]:
    return [zone.text.split()[0] for zone in parsed.zones]


LINES = st.builds(
    line,
    st.floats(0, 500),
    st.floats(0, 780),
    st.text("abc 12:.•-", min_size=1, max_size=30).filter(str.strip),
    st.sampled_from([7.0, 10.0, 16.0]),
    st.booleans(),
)
SHEETS = st.lists(
    st.tuples(st.lists(LINES, max_size=25), st.lists(LINES, max_size=2)), min_size=1, max_size=3
)


@pytest.mark.no_cover
@settings(max_examples=200)
@given(SHEETS)
def test_layout__tells_every_word_once_in_a_total_order(
    pages: list[tuple[list[Line], list[Line]]],
) -> None:
    sheets = [sheet(lines, number, strays) for number, (lines, strays) in enumerate(pages, 1)]
    printed = [
        sorted(word for part in (*s.lines, *s.strays) for word in part.words) for s in sheets
    ]
    parsed = layout(sheets)
    assert [
        sorted((word.box, word.text) for word in page.words) for page in parsed.pages
    ] == printed
    assert [zone.position for zone in parsed.zones] == list(range(1, len(parsed.zones) + 1))
    assert [zone.page for zone in parsed.zones] == sorted(zone.page for zone in parsed.zones)
    words = [word for page in parsed.pages for word in page.words]
    assert [word.zone for word in words] == sorted(word.zone for word in words)
    for zone in parsed.zones:
        mine = [word for word in words if word.zone == zone.position]
        assert zone.text.split() == [word.text for word in mine]
        assert all(zone.box[0] <= word.box[0] and word.box[3] <= zone.box[3] for word in mine)
    for page in parsed.pages:
        assert [word.line for word in page.words] == sorted(word.line for word in page.words)
        assert page.source == ("text" if page.words else "none")


def test_layout__reads_columns_one_after_the_other() -> None:
    title = line(50, 40, "Annual report of the depot", 20)
    rights = [*paragraph(320, 80, "c"), *paragraph(320, 130, "d")]
    lefts = [*paragraph(50, 80, "a"), *paragraph(50, 130, "b")]
    assert heads(layout([sheet([title, *rights, *lefts])])) == [
        "Annual",
        "a000",
        "b000",
        "c000",
        "d000",
    ]


def test_layout__reads_text_under_columns_after_them() -> None:
    wide = paragraph(50, 140, "z", width=20)
    lines = [*wide, *paragraph(320, 80, "b"), *paragraph(50, 80, "a")]
    assert heads(layout([sheet(lines)])) == ["a000", "b000", "z000"]


def test_layout__keeps_a_row_on_one_line_and_a_wrapped_cell_in_its_table() -> None:
    rows = [
        ("Item", "Notes", "Amount"),
        ("Door seal", "late, waiting for", "12.50"),
        ("Filter", "none", "9.00"),
    ]
    lines = [
        line(x, 50 + 30 * i, text)
        for i, row in enumerate(rows)
        for x, text in zip((50, 200, 400), row, strict=True)
    ]
    wrapped = line(200, 91, "parts")
    assert told(layout([sheet([*lines[:6], wrapped, *lines[6:]])])) == [
        (
            "table",
            "Item  Notes  Amount\nDoor seal  late, waiting for  12.50\nparts\nFilter  none  9.00",
        )
    ]


def test_layout__puts_label_and_value_on_one_line() -> None:
    pairs = [("Invoice number", "INV-7"), ("Due date", "2024-03-20")]
    lines = [
        line(x, 50 + 15 * i, text)
        for i, pair in enumerate(pairs)
        for x, text in zip((50, 200), pair, strict=True)
    ]
    assert told(layout([sheet(lines)])) == [
        ("key_value", "Invoice number  INV-7\nDue date  2024-03-20")
    ]


def test_layout__joins_a_value_that_is_printed_long_after_its_label() -> None:
    labels = [line(50, 50, "Number:"), line(50, 90, "Date:")]
    values = [line(200, 50, "INV-7"), line(200, 90, "2024-03-20")]
    assert told(layout([sheet([*labels, *values])])) == [
        ("key_value", "Number: INV-7".replace(" ", "  ")),
        ("key_value", "Date:  2024-03-20"),
    ]


def test_layout__pairs_a_small_label_with_the_value_under_it() -> None:
    lines = [
        line(50, 50, "Serial number", 7),
        line(51, 60, "DJ70-427660"),
        line(300, 50, "Date", 7),
    ]
    assert told(layout([sheet([*lines, line(300, 60, "2025-03-16")])])) == [
        ("key_value", "Serial number\nDJ70-427660"),
        ("key_value", "Date\n2025-03-16"),
    ]


def test_layout__does_not_pour_a_block_beside_into_the_rows() -> None:
    pairs = [
        line(50, 50, "Number"),
        line(120, 50, "INV-7"),
        line(50, 65, "Date"),
        line(120, 65, "2024-03-20"),
    ]
    address = [line(300, 50, "Sanjay Patel"), line(300, 62, "35 Oak Avenue")]
    assert told(layout([sheet([*pairs, *address])])) == [
        ("key_value", "Number  INV-7\nDate  2024-03-20"),
        ("text", "Sanjay Patel\n35 Oak Avenue"),
    ]


def test_layout__tells_titles_and_lists() -> None:
    items = [line(60, 150, "•"), line(75, 150, "first thing"), line(60, 165, "2. second thing")]
    lines = [line(50, 50, "Handling guide", 18), *paragraph(50, 100, "a", width=12), *items]
    bold = line(50, 200, "Closing remarks", bold=True)
    kinds = [kind for kind, _ in told(layout([sheet([*lines, bold])]))]
    assert kinds == ["title", "text", "list", "list", "title"]


def test_layout__knows_what_the_margins_repeat() -> None:
    def page(number: int) -> Sheet:
        head, foot = line(50, 20, "Regional review, volume 3"), line(280, 780, f"- {number} of 2 -")
        return sheet([head, *paragraph(50, 300, f"p{number}"), foot], number)

    kinds = [zone.kind for zone in layout([page(1), page(2)]).zones]
    assert kinds == ["header", "text", "footer"] * 2


def test_layout__only_groups_the_lines_of_a_flood() -> None:
    lines = [line(x, y / 10, f"w{x}x{y}", 1) for y in range(400) for x in range(0, 80, 10)]
    parsed = layout([sheet(lines)])
    assert len(parsed.pages[0].words) == 3200
    assert len(parsed.zones) == 64


def test_layout__shows_boxes_of_a_turned_page_as_displayed() -> None:
    turned = sheet([line(50, 50, "Rotated sheet")])
    turned.lines[0].words = [
        ((700.0, 50.0, 710.0, 80.0), "Rotated"),
        ((700.0, 85.0, 710.0, 99.0), "sheet"),
    ]
    assert layout([turned]).zones[0].box == (700.0, 50.0, 710.0, 99.0)
