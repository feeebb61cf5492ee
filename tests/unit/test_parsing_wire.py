"""A parsed document survives the way to the database and back."""

import json

from hypothesis import given
from hypothesis import strategies as st

from service.parsing import wire
from service.parsing.models import Page, Parsed, Word, Zone

SIDES = st.integers(-(10**6), 10**6).map(lambda hundredths: hundredths / 100)
BOXES = st.tuples(SIDES, SIDES, SIDES, SIDES)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
COUNTS = st.integers(0, 10**6)
WORDS = st.builds(Word, BOXES, TEXTS, st.integers(-1, 10**6), COUNTS)
KINDS = st.sampled_from(
    ["title", "text", "table", "list", "figure", "header", "footer", "key_value"]
)
PAGES = st.builds(
    Page,
    COUNTS,
    SIDES,
    SIDES,
    st.sampled_from([0, 90, 180, 270]),
    TEXTS,
    st.sampled_from(["text", "ocr", "none"]),
    st.lists(WORDS, max_size=4).map(tuple),
)
ZONES = st.builds(Zone, COUNTS, COUNTS, KINDS, BOXES, TEXTS, st.floats(0, 1))
DOCUMENTS = st.builds(
    Parsed,
    *(st.lists(part, max_size=4).map(tuple) for part in (PAGES, ZONES)),
    st.lists(TEXTS, max_size=2).map(tuple),
)


@given(DOCUMENTS)
def test_rows__come_back_the_same_through_json(parsed: Parsed) -> None:
    assert wire.from_rows(json.loads(json.dumps(wire.to_rows(parsed)))) == parsed


def test_rows__hold_hundredths_of_a_point() -> None:
    word = Word((1.23456, 2.0, 3.999, 4.005), "total", 1, 0)
    zone = Zone(1, 1, "text", word.box, "total")
    rows = wire.to_rows(
        Parsed((Page(1, 595.2756, 841.8898, 0, "total", "text", (word,)),), (zone,))
    )
    assert rows["pages"][0]["words"] == [[1.23, 2.0, 4.0, 4.0, "total", 1, 0]]
    assert (rows["pages"][0]["width"], rows["zones"][0]["x1"]) == (595.28, 4.0)
