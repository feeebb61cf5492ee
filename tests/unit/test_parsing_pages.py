"""What is read of real PDF bytes: text, boxes as displayed, flags; and what is refused and why."""

from collections.abc import Callable
from typing import Any

import pymupdf
import pytest

from service.parsing.models import Limits, Parsed, Unreadable
from service.parsing.page import clean_text
from service.parsing.parse import parse_bytes

PDF = "application/pdf"
WHITE, BLACK = (1, 1, 1), (0, 0, 0)
PICTURE = pymupdf.Pixmap(pymupdf.csGRAY, pymupdf.IRect(0, 0, 40, 40), False)


def made(draw: Callable[[Any], object] = lambda _: None, pages: int = 1, **saved: Any) -> bytes:
    """A PDF; each page says its number and whatever `draw` adds."""
    document = pymupdf.open()
    for number in range(1, pages + 1):
        page = document.new_page(width=600, height=800)
        page.insert_text((50, 60), f"Visible total 184.20 on page {number}")
        draw(page)
    data: bytes = document.tobytes(**saved)
    return data


def read(data: bytes, **limits: Any) -> Parsed:
    return parse_bytes(data, PDF, Limits(**limits))


def refused(data: bytes, media_type: str = PDF, **limits: Any) -> str:
    with pytest.raises(Unreadable) as error:
        parse_bytes(data, media_type, Limits(**limits))
    return error.value.code


def scan(page: Any, shade: int = 120) -> object:
    """A picture over the whole page, striped so that it shows something everywhere."""
    PICTURE.set_rect(PICTURE.irect, (255,))
    for y in range(0, 40, 2):
        PICTURE.set_rect(pymupdf.IRect(0, y, 40, y + 1), (shade,))
    return page.insert_image(page.rect, pixmap=PICTURE, keep_proportion=False)


HIDDEN: dict[str, Callable[[Any], object]] = {
    "white on white": lambda page: page.insert_text((50, 300), "Secret 1.00", color=WHITE),
    "tiny": lambda page: page.insert_text((50, 300), "Secret 1.00", fontsize=0.4),
    "invisible": lambda page: page.insert_text((50, 300), "Secret 1.00", render_mode=3),
    "covered": lambda page: (
        page.insert_text((50, 300), "Secret 1.00"),
        page.draw_rect((40, 280, 300, 310), color=None, fill=WHITE),
    ),
    "blacked out": lambda page: (
        page.insert_text((50, 300), "Secret 1.00"),
        page.draw_rect((40, 280, 300, 310), color=None, fill=BLACK),
    ),
    "off the page": lambda page: page.insert_text((50, 900), "Secret 1.00"),
}
SEEN: dict[str, Callable[[Any], object]] = {
    "white on black": lambda page: (
        page.draw_rect((40, 280, 300, 310), color=None, fill=BLACK),
        page.insert_text((50, 300), "Header 1.00", color=WHITE),
    ),
    "white on a picture": lambda page: (
        scan(page),
        page.insert_text((50, 300), "Header 1.00", color=WHITE),
    ),
    "layer over a scan": lambda page: (
        scan(page),
        page.insert_text((50, 300), "Header 1.00", render_mode=3),
    ),
    "white ground under": lambda page: (
        page.draw_rect((40, 280, 300, 310), color=None, fill=WHITE),
        page.insert_text((50, 300), "Header 1.00"),
    ),
}


@pytest.mark.parametrize("how", HIDDEN)
def test_text__that_nobody_sees_stays_out_and_is_flagged(how: str) -> None:
    parsed = read(made(HIDDEN[how]))
    assert parsed.pages[0].text == "Visible total 184.20 on page 1"
    assert parsed.flags == ("hidden_text",)


@pytest.mark.parametrize("how", SEEN)
def test_text__that_is_seen_counts(how: str) -> None:
    parsed = read(made(SEEN[how]))
    assert "Header 1.00" in parsed.pages[0].text
    assert parsed.flags == ()


def test_text__outside_the_crop_box_is_not_of_the_page() -> None:
    data = made(
        lambda page: (
            page.insert_text((50, 300), "Secret 1.00"),
            page.set_cropbox((0, 0, 600, 200)),
        )
    )
    assert read(data).pages[0].text == "Visible total 184.20 on page 1"


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_boxes__are_as_displayed_on_turned_pages(rotation: int) -> None:
    parsed = read(made(lambda page: page.set_rotation(rotation)))
    page, box = parsed.pages[0], parsed.zones[0].box
    assert (page.rotation, page.width) == (rotation, 600 if rotation % 180 == 0 else 800)
    near = {0: (50, 60), 90: (800 - 60, 50), 180: (600 - 50, 800 - 60), 270: (60, 600 - 50)}[
        rotation
    ]
    assert box[0] - 5 < near[0] < box[2] + 5
    assert box[1] - 5 < near[1] < box[3] + 5
    assert page.text == "Visible total 184.20 on page 1"


def test_text__printed_upwards_is_laid_out_upright() -> None:
    def draw(page: Any) -> None:
        for i, (name, value) in enumerate(
            [("Number", "INV-7"), ("Date", "2024-03-20"), ("Total", "EUR 12.00")]
        ):
            page.insert_text((300 + 15 * i, 700), name, rotate=90)
            page.insert_text((300 + 15 * i, 600), value, rotate=90)

    document = pymupdf.open()
    draw(document.new_page(width=600, height=800))
    parsed = read(document.tobytes())
    assert [zone.text for zone in parsed.zones] == [
        "Number  INV-7\nDate  2024-03-20\nTotal  EUR 12.00"
    ]


def test_pages__without_text_are_unread_with_their_picture_as_a_figure() -> None:
    document = pymupdf.open()
    scan(document.new_page(width=600, height=800))
    parsed = read(document.tobytes())
    assert parsed.unread_pages == [1]
    assert [(zone.kind, zone.text) for zone in parsed.zones] == [("figure", "")]


@pytest.mark.parametrize(("suffix", "media_type"), [("png", "image/png"), ("jpeg", "image/jpeg")])
def test_images__are_one_unread_page(suffix: str, media_type: str) -> None:
    parsed = parse_bytes(PICTURE.tobytes(suffix), media_type)
    assert (parsed.unread_pages, [zone.kind for zone in parsed.zones]) == ([1], ["figure"])


def broken_page(which: int, pages: int) -> bytes:
    document = pymupdf.open(stream=made(pages=pages))
    document.update_stream(document[which - 1].get_contents()[0], b"q " * 200_000)
    data: bytes = document.tobytes()
    return data


def test_pages__one_that_fails_leaves_the_others() -> None:
    parsed = read(broken_page(2, 3))
    assert parsed.flags == ("page_failed:2",)
    assert parsed.unread_pages == [2]
    assert parsed.pages[2].text == "Visible total 184.20 on page 3"


def test_pages__that_all_fail_are_a_corrupt_document() -> None:
    assert refused(broken_page(1, 1)) == "corrupt"


def test_text__beyond_the_limit_is_cut_and_the_rest_unread() -> None:
    parsed = read(made(pages=3), text_chars=20)
    assert parsed.unread_pages == [2, 3]
    assert parsed.flags == ("text_truncated",)


def locked(**passwords: Any) -> bytes:
    return made(encryption=pymupdf.PDF_ENCRYPT_AES_256, **passwords)


def test_encrypted__is_refused_only_where_reading_needs_the_password() -> None:
    assert refused(locked(user_pw="user", owner_pw="owner")) == "encrypted"
    assert read(locked(owner_pw="owner")).pages[0].text == "Visible total 184.20 on page 1"


def test_refusals__have_a_code_each() -> None:
    assert refused(made(pages=3), pages=2) == "too_many_pages"
    assert refused(made(), "image/gif") == "unsupported_type"
    assert refused(b"%PDF-1.7\n%%EOF") == "corrupt"
    assert refused(b"\x89PNG\r\n\x1a\n", "image/png") == "corrupt"
    assert refused(b"") == "corrupt"


TREE = b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj "


def test_refusals__no_pages() -> None:
    assert refused(b"%PDF-1.4\n" + TREE + b"trailer<</Root 1 0 R>>") == "no_pages"


def test_refusals__unknown_encryption() -> None:
    handler = (
        b"3 0 obj<</Filter/Nobody/V 9>>endobj trailer<</Root 1 0 R/ID[<00><00>]/Encrypt 3 0 R>>"
    )
    assert refused(b"%PDF-1.4\n" + TREE + handler) == "unsupported_encryption"


@pytest.mark.parametrize(
    ("printed", "wanted"),
    [
        ("plain", "plain"),
        ("2025\u00ad04", "2025-04"),
        ("e\u0301te\u0301", "été"),
        ("IN\u200bV\u2060-\ufeff1", "INV-1"),
        ("a\0b\x07c\ud800d", "abcd"),
        ("\u202edesrever", "desrever"),
        ("½ ² №", "½ ² №"),
    ],
)
def test_clean__keeps_what_is_printed_and_nothing_else(printed: str, wanted: str) -> None:
    assert clean_text(printed) == wanted
