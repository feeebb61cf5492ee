"""Windows: they fit, they overlap, and they lose nothing."""

import random
from itertools import pairwise

import pytest

from service.extraction import prompt, windows
from service.extraction.models import Context
from service.model.sizes import upper_bound_tokens
from service.parsing.models import Page, Parsed, Zone

BOX = (0.0, 0.0, 1.0, 1.0)
LETTERS = "abcdefghijklmnopqrstuvwxyzäöüßабвгдสัญญา発注\U0001f600 \n\r\u2028"


def drawn(seed: int) -> Parsed:
    """A document by chance: short and long zones, pages without zones and pages without text."""
    dice = random.Random(seed)

    def text() -> str:
        return "".join(dice.choices(LETTERS, k=dice.choice((0, 3, 40, 200, 900, 2500))))

    return document(
        [[text() for _ in range(dice.randrange(9))] for _ in range(dice.randrange(1, 6))]
    )


def document(pages: list[list[str]]) -> Parsed:
    """Pages of zones; a page of one zone is a page without zones, one of none could not be read."""
    made, zones = [], list[Zone]()
    for number, texts in enumerate(pages, 1):
        made.append(Page(number, 600, 800, 0, "\n".join(texts), "text" if texts else "none"))
        if len(texts) > 1:
            zones += [
                Zone(len(zones) + n, number, "text", BOX, text) for n, text in enumerate(texts, 1)
            ]
    return Parsed(tuple(made), tuple(zones))


def shown(part: Parsed) -> str:
    """The document as a prompt shows it."""
    return prompt.messages(Context(), [], part)[1]["content"]


def texts_of(part: Parsed) -> dict[tuple[int, int], str]:
    """The text of each zone, and of each page without zones, by page and position."""
    zones = {(zone.page, zone.position): zone.text for zone in part.zones}
    bare = {
        (page.number, 0): page.text
        for page in part.pages
        if page.number not in {zone.page for zone in part.zones}
    }
    return zones | bare


def joined(parts: list[str]) -> str:
    """The text that overlapping parts are of: each goes on where the ones before it end."""
    whole = parts[0]
    for part in parts[1:]:
        common = next(
            n for n in range(min(len(whole), len(part)), -1, -1) if whole.endswith(part[:n])
        )
        whole += part[common:]
    return whole


@pytest.mark.parametrize("seed", range(40))
def test_split__windows_hold_all_of_the_text(seed: int) -> None:
    """E-DOC-08: rebuilt from its windows no zone lacks anything; only too long a zone is cut."""
    parsed, room = drawn(seed), 1024 + 97 * seed
    parts = windows.split_document(parsed, room)
    held = [texts_of(part) for part in parts]
    for place, text in texts_of(parsed).items():
        of_zone = [texts[place] for texts in held if place in texts]
        assert of_zone, place
        if len(text.encode()) < room // 16:
            assert set(of_zone) == {text}
        else:
            assert joined(of_zone) == text
    assert {page.number for part in parts for page in part.pages} == {
        page.number for page in parsed.pages
    }


@pytest.mark.parametrize("seed", range(40))
def test_split__windows_fit_the_room(seed: int) -> None:
    """E-DOC-08: by the upper bound of tokens, marks of pages apart."""
    parsed, room = drawn(seed), 1024 + 97 * seed
    for part in windows.split_document(parsed, room):
        assert upper_bound_tokens(shown(part)) <= room + 200 + 20 * len(part.pages)


def test_split__each_window_begins_with_the_end_of_the_one_before() -> None:
    parsed = document(
        [[f"Line {page}.{n} of the contract." for n in range(30)] for page in range(9)]
    )
    parts = windows.split_document(parsed, 2048)
    assert len(parts) > 3
    for one, other in pairwise(parts):
        assert other.zones[0] in one.zones
        assert other.zones[-1] not in one.zones


@pytest.mark.parametrize(
    "texts",
    [["A line of some length that is one zone."] * 400, ["\u2028" * 5000, "the end"]],
    ids=["many short zones", "a long zone of empty lines"],
)
def test_split__no_window_is_larger_than_its_room(texts: list[str]) -> None:
    """E-DOC-08: however little text a line holds."""
    parts = windows.split_document(document([texts]), 4096)
    assert len(parts) > 3
    assert max(map(windows.shown_size, parts)) <= 4096


def test_split__what_fits_is_not_touched() -> None:
    parsed = document([["a", "b"], [], ["c"]])
    assert windows.split_document(parsed, 1024) == [parsed]


def test_split__a_long_zone_is_cut_at_the_ends_of_lines() -> None:
    text = "".join(f"Line {n} of a table that is one zone.\n" for n in range(400))
    parts = windows.split_document(document([[text, "the end"]]), 4096)
    assert len(parts) > 3
    cut = [zone.text for part in parts for zone in part.zones if zone.position == 1]
    assert all(part.endswith("\n") for part in cut)
    assert {zone.position for part in parts for zone in part.zones} == {1, 2}
