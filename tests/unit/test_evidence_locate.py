"""Where a quote is found, what kind of evidence that is, and which box is shown."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.evidence.locate import DocumentIndex, locate
from service.evidence.models import Located
from service.parsing.models import Page
from tests.support.pages import Cell, document, drawn, iou

INVOICE: list[list[Cell]] = [
    [(50, "Invoice RE-1875-06"), (300, "Date 12.05.2024")],
    [(50, "Subtotal"), (300, "100.00 EUR")],
    [(50, "Tax"), (300, "20.00 EUR")],
    [(50, "Total"), (300, "120.00 EUR")],
    [(50, "Discount"), (300, "-20.00 EUR")],
    [(50, "Payable within the usual thirty days of re-")],
    [(50, "ceipt, or 120.00 EUR at once")],
]
COLUMNS = [
    drawn([[(50, "Subtotal")], [(50, "Tax")], [(50, "Total")]], zone=1),
    drawn([[(300, "100.00")], [(300, "20.00")], [(300, "120.00")]], zone=2),
]


def find(*pages: Page, quote: str | None, zone: int | None = None, raw: str = "",
         hints: tuple[str, ...] = ()) -> Located:  # fmt: skip
    return locate(DocumentIndex(document(*pages)), quote, zone=zone, raw_value=raw, hints=hints)


def columns() -> Page:
    """Labels in one column, values in another, read column by column."""
    words = tuple(word for page in COLUMNS for word in page.words)
    return Page(1, 600.0, 800.0, 0, "", "text", words)


def test_quote__in_the_claimed_zone_is_exact() -> None:
    found = find(drawn(INVOICE), quote="Invoice RE-1875-06", zone=1001, raw="RE-1875-06")
    assert (found.evidence, found.page, found.zone) == ("exact", 1, 1001)
    assert found.box == (88.0, 40.0, 138.0, 50.0)
    assert found.boxes == ((50.0, 40.0, 138.0, 50.0),)


@pytest.mark.parametrize("zone", [None, 1002, 9999, -1])
def test_quote__in_another_zone_is_moved(zone: int | None) -> None:
    assert find(drawn(INVOICE), quote="Invoice RE-1875-06", zone=zone).evidence == "moved"


def test_quote__over_cells_of_one_row_is_split() -> None:
    found = find(columns(), quote="Total 120.00", zone=1, raw="120.00", hints=("Total",))
    assert found.evidence == "split"
    assert found.box == (300.0, 68.0, 330.0, 78.0)


def test_quote__over_a_divided_word_is_split_and_printed_whole() -> None:
    found = find(drawn(INVOICE), quote="thirty days of receipt", raw="thirty")
    assert found.evidence == "split"
    assert found.quote == "thirty days of receipt,"
    assert len(found.boxes) == 2


@pytest.mark.parametrize(
    "quote", ["Subtotal 20.00", "Total 100.00", "Tax 120.00", "Subtotal 120.00", "Total 20.00 EUR"]
)
def test_quote__is_never_put_together_from_two_rows(quote: str) -> None:
    for page in (columns(), drawn(INVOICE), drawn(INVOICE, zone=1)):
        assert find(page, quote=quote, raw=quote.split()[1]).evidence in {"not_found", "fuzzy"}


def test_quote__of_a_value_with_the_label_below_is_not_proof() -> None:
    page = drawn([[(50, "Subtotal 100.00")], [(50, "Tax 20.00")]], zone=1)
    assert find(page, quote="100.00 Tax", raw="100.00").evidence in {"not_found", "fuzzy"}


def test_quote__of_prose_runs_on_over_the_page() -> None:
    first = drawn([[(50, "the parties agree that the rent is payable")]], 1)
    second = drawn([[(50, "in advance on the first of each month")]], 2)
    found = find(first, second, quote="the rent is payable in advance on the first", raw="advance")
    assert (found.evidence, found.page) == ("split", 2)
    assert found.boxes == ((157.0, 40.0, 246.0, 50.0),)  # on the page where the quote begins


@pytest.mark.parametrize(
    ("quote", "is_split"),
    [
        ("rent is payable in advance on", True),
        ("is payable in advance on", False),
        ("rent is payable in advance", False),
    ],
)
def test_quote__of_prose_runs_on_from_three_words_to_three(quote: str, is_split: bool) -> None:
    """Of less nobody knows whether it is prose, or a label and the value of another one."""
    first = drawn([[(50, "the parties agree that the rent is payable")]], 1)
    second = drawn([[(50, "in advance on the first of each month")]], 2)
    found = find(first, second, quote=quote, raw="advance")
    assert (found.evidence == "split") is is_split


def test_quote__that_runs_on_over_a_number_is_no_prose() -> None:
    first = drawn([[(50, "the parties agree that the rent is 1200")]], 1)
    second = drawn([[(50, "in advance on the first of each month")]], 2)
    assert find(first, second, quote="the rent is 1200 in advance on the").evidence == "fuzzy"


def test_quote__reads_on_in_the_next_line_and_not_in_one_farther_below() -> None:
    near = drawn([[(50, "payable at")], [(50, "once")]], zone=1)
    assert find(near, quote="payable at once", raw="once").evidence == "split"
    far = drawn([[(50, "payable at")], [], [(50, "once")]], zone=1)
    assert find(far, quote="payable at once", raw="once").evidence != "split"


@pytest.mark.parametrize(
    "quote",
    [
        "Discount 20.00 EUR",
        "20.0",
        "0.00",
        "1875",
        "RE-1875",
        "12.05",
        "5.2024",
        "1 20.00",
        "120 .00",
    ],
)
def test_quote__of_a_part_of_a_token_is_not_found(quote: str) -> None:
    assert find(drawn(INVOICE), quote=quote, raw=quote).evidence in {"not_found", "fuzzy"}


@pytest.mark.parametrize("quote", ["12", "34", "12, 34"])
def test_quote__of_a_number_in_a_list_is_found(quote: str) -> None:
    assert (
        find(drawn([[(50, "Articles 12, 34 and 56")]]), quote=quote, zone=1001, raw=quote).evidence
        == "exact"
    )


def test_quote__of_row_cells_with_bars_between_is_found() -> None:
    assert find(columns(), quote="Total | 120.00", zone=1, raw="120.00").evidence == "split"


def test_quote__folds_quotes_dashes_ligatures_and_blanks() -> None:
    page = drawn([[(50, "The “of\ufb01ce” – O’Neill\u00a0Ltd")]])
    assert find(page, quote='The "office" - O\'Neill  Ltd', zone=1001).evidence == "exact"


def test_quote__does_not_fold_what_changes_a_number() -> None:
    page = drawn([[(50, "area 10² m, part ½, note ①")]])
    for quote in ("area 102 m", "part 1/2", "note 1"):
        assert find(page, quote=quote).evidence == "not_found"


def test_quote__alike_is_fuzzy_and_other_digits_are_not_found() -> None:
    page = drawn([[(50, "The tenant shall pay the rent of 1200 euros in advance")]])
    near = find(page, quote="The tenant should pay the rent of 1200 euros")
    assert near.evidence == "fuzzy"
    assert find(page, quote="The tenant shall pay the rent of 1300 euros").evidence == "not_found"


@pytest.mark.parametrize(
    ("quote", "evidence"),
    [
        ("The tenant should pay the rent of 1200 euros", "fuzzy"),  # 93 % alike
        ("The landlord shall claim the rent of 1200 euros", "not_found"),  # 78 %
    ],
)
def test_quote__is_fuzzy_from_85_per_cent_on(quote: str, evidence: str) -> None:
    page = drawn([[(50, "The tenant shall pay the rent of 1200 euros in advance")]])
    assert find(page, quote=quote).evidence == evidence


@pytest.mark.parametrize(("sentences", "evidence"), [(31, "fuzzy"), (32, "not_found")])
def test_quote__is_compared_up_to_600_characters(sentences: int, evidence: str) -> None:
    """Each sentence has 19 characters without its blanks, and one of all is another."""
    page = drawn([[(50, "A tenant has to pay rent")] for _ in range(40)], zone=1)
    quote = f"A tenant has to pay debt {'A tenant has to pay rent ' * (sentences - 1)}"
    assert len(quote.replace(" ", "").strip()) == 19 * sentences
    assert find(page, quote=quote).evidence == evidence


def test_quote__too_long_to_compare_is_not_found() -> None:
    page = drawn([[(50, "The tenant shall pay")] for _ in range(400)])
    assert find(page, quote="The landlord shall pray " * 250).evidence == "not_found"


@pytest.mark.parametrize("quote", [None, "", "  \n"])
def test_quote__absent_is_none(quote: str | None) -> None:
    assert find(drawn(INVOICE), quote=quote) == Located(evidence="none")


def test_document__without_words_finds_nothing() -> None:
    assert find(quote="Total").evidence == "not_found"
    assert find(drawn([]), quote="Total").evidence == "not_found"


@pytest.mark.parametrize(
    ("zone", "hints", "top"),
    [
        (1008, (), 82.0),
        (None, ("Total",), 82.0),
        (None, ("at once", "Payable"), 124.0),
        (None, (), 82.0),
        (1012, ("Total",), 124.0),
    ],
)
def test_occurrence__claimed_zone_then_hint_then_first(
    zone: int | None, hints: tuple[str, ...], top: float
) -> None:
    found = find(drawn(INVOICE), quote="120.00 EUR", zone=zone, raw="120.00", hints=hints)
    assert found.box is not None
    assert found.box[1] == top


def test_occurrence__hint_is_a_whole_word() -> None:
    rows: list[list[Cell]] = [[(50, "Subtotal"), (300, "9.00")], [(50, "Total"), (300, "9.00")]]
    found = find(drawn(rows), quote="9.00", raw="9.00", hints=("total",))
    assert found.box is not None
    assert found.box[1] == 54.0


def test_occurrence__the_nearest_hint_counts() -> None:
    rows: list[list[Cell]] = [
        [(50, "Total"), (100, "of all goods"), (300, "9.00")],
        [(50, "Total"), (100, "of all goods and services"), (260, "Total"), (300, "9.00")],
    ]
    found = find(drawn(rows), quote="9.00", raw="9.00", hints=("Total",))
    assert found.box is not None
    assert found.box[1] == 54.0


def test_occurrence__hint_above_is_on_the_same_page() -> None:
    first = drawn([[(50, "9.00")], [(50, "Total")]], 1)
    second = drawn([[(50, "9.00")]], 2)
    assert find(first, second, quote="9.00", raw="9.00", hints=("Total",)).page == 1


def test_occurrence__outside_every_zone_is_read_last() -> None:
    page = drawn([[(50, "9.00")]], zone=7)
    stray = drawn([[(300, "9.00")]], zone=-1)
    found = find(replace(page, words=(*stray.words, *page.words)), quote="9.00", raw="9.00")
    assert (found.evidence, found.zone) == ("moved", 7)
    assert find(stray, quote="9.00", raw="9.00").zone is None


def test_occurrence__hint_above_counts() -> None:
    rows: list[list[Cell]] = [
        [(50, "Order date"), (300, "Due date")],
        [(50, "01.02.2024"), (300, "01.02.2024")],
    ]
    found = find(drawn(rows), quote="01.02.2024", raw="01.02.2024", hints=("Due date",))
    assert found.box is not None
    assert found.box[0] == 300.0


def test_box__of_a_value_inside_a_word_is_cut() -> None:
    found = find(drawn([[(50, "Total:155.24")]]), quote="Total:155.24", zone=1001, raw="155.24")
    assert found.box == (80.0, 40.0, 110.0, 50.0)


def test_printed_quote__takes_what_changes_the_number() -> None:
    page = drawn([[(50, "- 155.24 EUR")], [(50, "Sum of 1,5 Mio. EUR")], [(50, "VAT 19 %")]])
    assert find(page, quote="155.24", raw="155.24").quote == "- 155.24 EUR"
    assert find(page, quote="1,5", raw="1,5").quote == "1,5 Mio. EUR"
    assert find(page, quote="VAT 19", raw="19").quote == "VAT 19 %"


def test_printed_quote__takes_no_dash_amid_a_line_and_nothing_of_another_cell() -> None:
    page = drawn([[(50, "Total - 155.24 EUR")], [(50, "77.10"), (95, "EUR")]])
    assert find(page, quote="155.24", raw="155.24").quote == "155.24 EUR"
    assert find(page, quote="77.10", raw="77.10").quote == "77.10"


@pytest.mark.parametrize(
    ("rows", "quote", "printed"),
    [
        ([[(50, "on re-")], [(50, "ceipt of it")]], "on receipt", "on receipt"),
        ([[(50, "on re- ceipt of it")]], "on receipt", "on re- ceipt"),
        ([[(50, "in Nord-")], [(50, "Amerika so")]], "in Nord- Amerika", "in Nord- Amerika"),
    ],
    ids=["divided by a line end", "divided by hand", "two names"],
)
def test_printed_quote__joins_what_a_line_end_divides(
    rows: list[list[Cell]], quote: str, printed: str
) -> None:
    assert find(drawn(rows, zone=1), quote=quote).quote == printed


def test_quote__of_half_a_divided_word_is_not_found() -> None:
    assert find(drawn(INVOICE), quote="ceipt, or").evidence == "fuzzy"


def test_quote__of_a_script_without_blanks_may_begin_and_end_anywhere() -> None:
    page = drawn([[(50, "合同编号为甲乙丙")], [(50, "Vertragsnummer")]])
    assert find(page, quote="编号", zone=1001).evidence == "exact"
    assert find(page, quote="nummer", zone=1002).evidence != "exact"


def test_index__counts_the_places_of_a_quote() -> None:
    assert len(DocumentIndex(document(drawn(INVOICE))).places("120.00 EUR").spans) == 2


tokens = st.text(alphabet="abcdeXYZ0123456789.,-/€äß", min_size=2, max_size=9).filter(
    lambda text: any(c.isalnum() for c in text) and not text.endswith("-")
)


@pytest.mark.no_cover
@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(tokens, min_size=1, max_size=4), min_size=1, max_size=12), st.data())
def test_value__printed_anywhere_is_located_at_its_own_box(
    rows: list[list[str]], data: st.DataObject
) -> None:
    page = drawn([[(50.0 + 120 * i, cell) for i, cell in enumerate(row)] for row in rows])
    word = data.draw(st.sampled_from(page.words))
    found = find(page, quote=word.text, zone=word.zone, raw=word.text)
    assert (found.evidence, found.page, found.zone) == ("exact", 1, word.zone)
    assert found.box is not None
    assert iou(found.box, word.box) > 0.99
