"""The samples are as their generator makes them; pdfium reads in each box what the truth says."""

import json
from pathlib import Path
from typing import Any

import pymupdf
import pypdfium2
import pytest

from scripts.samples import SAMPLES, catalogue, facts, truth, variables
from scripts.samples import __main__ as command
from scripts.samples.sheet import Fact, Mark, Sheet
from service.parsing import parse
from service.parsing.models import Unreadable
from service.reading import values
from service.reading.models import Variable

TRUTHS: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text())
    for path in sorted(SAMPLES.glob("*.json"))
    if path.with_suffix(".pdf").exists()
}
READABLE = [
    name for name, told in TRUTHS.items() if told["state"] == "ready" and not told["image_only"]
]


def printed(name: str) -> list[tuple[str, dict[str, Any]]]:
    """The fields of a sample that its pages print."""
    return [
        (key, field) for key, field in TRUTHS[name]["fields"].items() if field["raw"] is not None
    ]


def text_in(page: pypdfium2.PdfPage, box: list[float]) -> str:
    """What pdfium reads in a box given from the top left of the page as displayed."""
    x0, y0, x1, y1 = box
    height = page.get_height()
    left, bottom, right, top = x0, height - y1, x1, height - y0
    if page.get_rotation() == 90:
        left, bottom, right, top = y0, x0, y1, x1
    text: str = page.get_textpage().get_text_bounded(left, bottom, right, top)
    return " ".join(text.split())


def test_samples__are_as_made() -> None:
    assert command.find_differences(SAMPLES, catalogue.make_files) == []


def test_samples__a_changed_file_is_noticed(tmp_path: Path) -> None:
    command.write_samples(tmp_path, catalogue.make_files)
    (tmp_path / "de_mahnung.json").write_text("{}")
    (tmp_path / "stray.pdf").write_bytes(b"")
    assert command.find_differences(tmp_path, catalogue.make_files) == [
        "de_mahnung.json",
        "stray.pdf",
    ]


def test_samples__are_many_small_and_different() -> None:
    assert 12 <= len(TRUTHS) <= 18
    assert sum(path.stat().st_size for path in SAMPLES.iterdir()) < 3_000_000
    assert {told["language"] for told in TRUTHS.values()} >= {"en", "de", "fr"}
    assert {told["kind"] for told in TRUTHS.values()} == set(variables.KINDS)
    pages = [len(pypdfium2.PdfDocument(SAMPLES / f"{name}.pdf")) for name in READABLE]
    assert sum(count > 1 for count in pages) >= 4


def test_samples__a_third_of_the_values_is_printed_again() -> None:
    fields = [field for name in READABLE for _, field in printed(name)]
    assert sum(field["occurrences"] > 1 for field in fields) >= 0.3 * len(fields)


@pytest.mark.parametrize("name", READABLE)
def test_truth__pdfium_reads_the_value_in_its_box(name: str) -> None:
    document = pypdfium2.PdfDocument(SAMPLES / f"{name}.pdf")
    for key, field in printed(name):
        read = text_in(document[field["page"] - 1], field["box"])
        assert read.replace(" ", "") == "".join(field["raw"].split()), key


@pytest.mark.parametrize("name", READABLE)
def test_truth__occurrences_are_counted_and_the_box_is_one_of_them(name: str) -> None:
    pdf = (SAMPLES / f"{name}.pdf").read_bytes()
    for key, field in printed(name):
        places = truth.find_occurrences(pdf, field["raw"])
        assert len(places) == field["occurrences"], key
        assert (field["page"], tuple(field["box"])) in places, key


@pytest.mark.parametrize("name", TRUTHS)
def test_truth__absent_fields_are_null_and_keys_are_the_variables(name: str) -> None:
    assert list(TRUTHS[name]["fields"]) == variables.KEYS
    for field in TRUTHS[name]["fields"].values():
        absent = field["raw"] is None
        assert all((field[part] is None) == absent for part in ("value", "page", "box"))
        assert (field["occurrences"] == 0) == absent


@pytest.mark.parametrize("name", READABLE)
def test_truth__the_service_reads_the_printed_value_as_the_true_one(name: str) -> None:
    asked = {
        v["key"]: Variable.model_validate({"id": "1", **v}) for v in variables.define_variables()
    }
    for key, field in printed(name):
        if asked[key].type != "category":
            read = values.normalise(asked[key], field["raw"], language=TRUTHS[name]["language"])
            said = read.value
            if isinstance(said, dict) and said["currency"] is None:
                said = {**said, "currency": field["value"]["currency"]}
            assert said == field["value"], key


def test_scan__is_an_image_with_ink_where_the_truth_says() -> None:
    with pymupdf.open(SAMPLES / "de_scan_rechnung.pdf") as document:
        page = document[0]
        assert page.get_text().strip() == ""
        assert len(page.get_images()) == 1
        for key, field in printed("de_scan_rechnung"):
            spot = page.get_pixmap(clip=field["box"], dpi=110, colorspace=pymupdf.csGRAY)
            assert min(spot.samples) < 120, key
    assert parse.parse_bytes(SAMPLES / "de_scan_rechnung.pdf", "application/pdf").unread_pages == [
        1
    ]


def test_broken__fails_with_a_code() -> None:
    with pytest.raises(Unreadable) as failure:
        parse.parse_bytes(SAMPLES / "en_broken_invoice.pdf", "application/pdf")
    assert failure.value.code in {"corrupt", "no_pages"}


def test_variables__file_is_the_definition() -> None:
    held = json.loads((SAMPLES / "variables.json").read_text())["variables"]
    assert held == variables.define_variables()
    assert 8 <= len(held) <= 12
    assert {v["type"] for v in held} == {"text", "number", "date", "boolean", "category", "money"}


@pytest.mark.parametrize(
    "marks",
    [
        [],
        [Mark("sender", 1, 50, 100, ""), Mark("sender", 1, 50, 100, "")],
        [Mark("sender", 1, 50, 140, "")],
        [Mark("sender", 2, 50, 100, "")],
    ],
    ids=["unmarked", "marked twice", "drawn elsewhere", "on another page"],
)
def test_describe__refuses_a_fact_that_is_not_where_it_was_drawn(marks: list[Mark]) -> None:
    sheet = Sheet({"sender": Fact("Ada", "Ada")})
    sheet.draw_text(50, 100, "from {sender} to {sender}")
    sheet.draw_text(50, 100, "{*sender}")
    with pytest.raises(ValueError, match="sender"):
        truth.describe_fields(sheet.finish(), sheet.facts, marks, ["sender"])


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("uk", "-£1,234.50"),
        ("us", "-$1,234.50"),
        ("ie", "-EUR 1,234.50"),
        ("de", "-1.234,50 €"),
        ("ch", "-CHF 1'234.50"),
        ("fr", "-1\u00a0234,50\u00a0€"),
        ("es", "-1.234,50 €"),
    ],
)
def test_price__is_written_as_people_there_do(place: facts.Place, expected: str) -> None:
    assert facts.format_price(-1234.5, place) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "1 March 2025"),
        ("de", "1. März 2025"),
        ("fr", "1er mars 2025"),
        ("es", "1 de marzo de 2025"),
    ],
)
def test_long_date__is_written_as_people_there_do(language: str, expected: str) -> None:
    assert facts.format_long_date("2025-03-01", language) == expected
