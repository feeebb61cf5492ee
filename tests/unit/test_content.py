"""What `judge` takes: variables that a person wrote, and the text of an answer."""

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.samples import SAMPLES
from service.content.judging import breaks_off, judge_answer
from service.content.questions import BadInput, Questions, read_questions
from service.model.faults import ModelError
from service.parsing.models import Parsed
from service.parsing.parse import parse_bytes

TOTAL = {"id": "t", "key": "total", "label": "Total due", "type": "money"}
OTHER = {**TOTAL, "id": "u", "key": "other"}
RIGHT = {"value": "£3,294.60", "quote": "Total due £3,294.60", "zone": 8, "reason": None}
ABSENT = {"value": None, "quote": None, "zone": None, "reason": "absent"}


@pytest.fixture(scope="module")
def invoice() -> Parsed:
    return parse_bytes(SAMPLES / "en_invoice_joinery.pdf", "application/pdf")


def questions(folder: Path, written: Any) -> Questions:
    path = folder / "variables.json"
    path.write_bytes(written if isinstance(written, bytes) else json.dumps(written).encode())
    return read_questions(path)


def test_questions__fill_what_a_variable_lacks_and_say_so(tmp_path: Path) -> None:
    written = [{"label": "Total due", "type": "money", "position": 1}, {"key": "sender"}, {}]
    asked = questions(tmp_path, written)
    assert [(variable.id, variable.key, variable.type) for variable in asked.variables] == [
        ("total_due", "total_due", "money"),
        ("sender", "sender", "text"),
        ("variable_3", "variable_3", "text"),
    ]
    assert asked.notes == [
        "Variable 1 has no key: total_due.",
        "Variable 1 has no id: total_due.",
        "Variable 2 has no id: sender.",
        "Variable 2 has no label: sender.",
        "Variable 2 has no type: text.",
        "Variable 3 has no key: variable_3.",
        "Variable 3 has no id: variable_3.",
        "Variable 3 has no label: variable_3.",
        "Variable 3 has no type: text.",
        "Variable has no such fields, they were left out: position.",
    ]


def test_questions__of_the_samples_need_nothing_but_ids() -> None:
    asked = read_questions(SAMPLES / "variables.json")
    assert len(asked.variables) > 10
    assert {note.split(" has no ")[1].split(":")[0] for note in asked.notes} == {
        "id",
        "such fields, they were left out",
    }


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        (b"{", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"\xff\xfe", "is not UTF-8 text."),
        ({"vars": []}, "holds neither a list of variables nor"),
        ([], "holds no variable."),
        ([3], "variable 1 is no object."),
        ({"context": 3, "variables": [TOTAL]}, "the context is no object."),
        ({"context": {"row_unit": "page"}, "variables": [TOTAL]}, "the context: row_unit: Input"),
        ([{"key": "a", "type": "colour"}], "variable a: type: Input should be 'text'"),
        ([TOTAL, {**OTHER, "key": "total"}], "2 variables have the key total."),
        ([TOTAL, {**OTHER, "id": "t"}], "2 variables have the id t."),
    ],
)
def test_questions__that_cannot_be_asked_are_a_sentence(
    written: Any, sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(BadInput) as error:
        questions(tmp_path, written)
    assert str(error.value).startswith(str(tmp_path / "variables.json"))
    assert sentence in str(error.value)


@pytest.mark.parametrize("form", ["{}", "```json\n{}\n```", "\n{}\n"])
async def test_answer__is_the_text_of_a_model(form: str, invoice: Parsed, tmp_path: Path) -> None:
    raw = form.format(json.dumps({"total": RIGHT}))
    [cell] = await judge_answer(questions(tmp_path, [TOTAL]), invoice, raw)
    assert (cell["key"], cell["verified"], cell["flags"]) == ("total", True, [])


@pytest.mark.parametrize("fence", ["", "```json\n"])
async def test_answer__that_is_cut_loses_its_last_value(
    fence: str, invoice: Parsed, tmp_path: Path
) -> None:
    whole = fence + json.dumps({"total": RIGHT, "other": RIGHT})
    asked = questions(tmp_path, [TOTAL, OTHER])
    total, other = await judge_answer(asked, invoice, whole[:-30])
    assert (total["state"], total["verified"]) == ("proposed", True)
    assert (other["state"], other["flags"]) == ("failed", ["truncated"])


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("I cannot help with that.", "model_malformed"),
        ('{"total": NaN}', "model_malformed"),
        ('{"total" 1}', "model_malformed"),
        ("[1]", "model_malformed"),
        ("", "model_malformed"),
        ('{"total": {"val', "model_truncated"),
    ],
)
async def test_answer__of_no_use_is_refused(
    raw: str, code: str, invoice: Parsed, tmp_path: Path
) -> None:
    with pytest.raises(ModelError) as error:
        await judge_answer(questions(tmp_path, [TOTAL]), invoice, raw)
    assert error.value.code == code


async def test_answer__about_entities(tmp_path: Path) -> None:
    page = parse_bytes(b"People of the house\nAnn, age: 20\nBob, age: 21\n", "text/plain")
    written = {"context": {"row_unit": "entity"}, "variables": [{"key": "age", "type": "number"}]}
    rows = []
    for name, age in (("Ann", 20), ("Bob", 21)):
        entity = {"value": name, "quote": name, "zone": 1, "reason": None}
        value = {"value": age, "quote": f"age: {age}", "zone": 1, "reason": None}
        rows.append({"entity": entity, "values": {"age": value}})
    answer = {"count": 2, "rows": rows, "complete": True}
    cells = await judge_answer(questions(tmp_path, written), page, json.dumps(answer))
    assert [(cell["row_index"], cell["entity"], cell["value"]) for cell in cells] == [
        (0, "Ann", 20),
        (1, "Bob", 21),
    ]
    assert all(cell["verified"] for cell in cells)


async def test_answer__is_asked_for_again_and_stays_the_same(
    invoice: Parsed, tmp_path: Path
) -> None:
    """The pipeline asks a second time about what is not printed; there is no other answer."""
    wrong = {**RIGHT, "value": "£9.00", "quote": "Total due £9.00"}
    answers = json.dumps({"total": wrong, "other": ABSENT})
    total, other = await judge_answer(questions(tmp_path, [TOTAL, OTHER]), invoice, answers)
    assert (total["state"], total["verified"], total["evidence"]) == (
        "proposed",
        False,
        "not_found",
    )
    assert (other["state"], other["absent_reason"]) == ("absent", "absent")


@pytest.mark.parametrize(
    ("raw", "cut"),
    [
        ('{"a": 1}', False),
        ('{"a": 1', True),
        ('{"a": "b', True),
        ('{"a": nul', True),
        ('```json\n{"a": 1', True),
        ('```json\n{"a": 1}\n```', False),
        ('{"a" 1', False),
        ("no JSON", False),
        ("", False),
    ],
)
def test_breaks_off__where_the_text_ends_before_the_object(raw: str, cut: bool) -> None:
    assert breaks_off(raw) is cut
