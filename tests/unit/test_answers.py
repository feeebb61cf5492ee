"""Reading an answer: a variable at a time, nothing altered, nothing foreign let in.

E-EXT-02, E-EXT-03, E-EXT-04.
"""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.extraction.answers import Answers, merge_answers, parse_answers
from service.extraction.models import Answer
from service.model.faults import ModelError
from service.reading.models import Variable

TEXT = Variable(id="1", key="text", label="Text", type="text")
SUM = Variable(id="2", key="sum", label="Sum", type="money")
YES = Variable(id="3", key="yes", label="Yes", type="boolean")
LIST = Variable(id="4", key="list", label="List", type="text", multiple=True)


def item(value: Any, **more: Any) -> dict[str, Any]:
    return {"value": value, "quote": "q", "zone": 1, "reason": None, **more}


def one(variable: Variable, given: Any) -> Any:
    answers = parse_answers(json.dumps({variable.key: given}), [variable])
    items = answers.by_key.get(variable.key, [])
    return items[0] if items else answers.faults[variable.key]


def test_parse_answers__a_bad_answer_fails_alone() -> None:
    """E-EXT-02: each variable is judged for itself."""
    raw = json.dumps({"text": item("ok"), "sum": item({"amount": 1}), "list": item("not a list")})
    answers = parse_answers(raw, [TEXT, SUM, YES, LIST])
    assert answers.by_key == {"text": [Answer(value="ok", quote="q", zone=1)]}
    assert answers.faults == {
        "sum": "malformed_answer",
        "yes": "missing_answer",
        "list": "malformed_answer",
    }


def test_parse_answers__keys_nobody_asked_for_are_dropped_and_said() -> None:
    """E-PRM-05: an answer reaches what was asked and nothing else."""
    raw = json.dumps({"text": item("ok"), "admin": item("x"), "project_id": "another"})
    answers = parse_answers(raw, [TEXT])
    assert list(answers.by_key) == ["text"]
    assert answers.flags == ("extra_keys",)


@pytest.mark.parametrize(
    "fenced", ["```json\n{}\n```", "```\n{}\n```", "  {}  ", "\n```JSON\n{}```\n"]
)
def test_parse_answers__a_code_fence_is_no_fault(fenced: str) -> None:
    assert one_of(fenced) == item("x") | {"value": "```"}


def one_of(fenced: str) -> dict[str, Any]:
    body = json.dumps({"text": item("```")})
    [answer] = parse_answers(fenced.replace("{}", body), [TEXT]).by_key["text"]
    assert isinstance(answer, Answer)
    return answer.model_dump()


@pytest.mark.parametrize(
    "raw", ["", "null", "[]", "1", "{", "Here it is: {}", '{"text": NaN}', "```"]
)
def test_parse_answers__what_is_no_object_is_malformed(raw: str) -> None:
    with pytest.raises(ModelError, match="model_malformed"):
        parse_answers(raw, [TEXT])


@pytest.mark.parametrize(
    "value", ["None", "True", "null", '"q"', "a\nb", "  x ", "ไทย", "\\u0041", "NaN"]
)
def test_parse_answers__text_is_never_altered(value: str) -> None:
    """E-EXT-03: None, True, quotes, line ends and other scripts."""
    assert one(TEXT, item(value)).value == value


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_parse_answers__any_text_comes_through(value: str) -> None:
    """E-EXT-03: any text at all."""
    assert one(TEXT, item(value)).value == value


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        (TEXT, 5), (TEXT, True), (TEXT, ["a"]), (TEXT, {"a": 1}), (SUM, True), (SUM, [1]), (YES, 1),
        (TEXT, "a\0b"), (TEXT, "\ud800"),
    ],
)  # fmt: skip
def test_parse_answers__a_value_of_another_type_is_malformed(
    variable: Variable, value: Any
) -> None:
    assert one(variable, item(value)) == "malformed_answer"


@pytest.mark.parametrize(
    ("variable", "value"), [(SUM, 12.5), (SUM, "12,50"), (YES, False), (YES, "nein"), (TEXT, None)]
)
def test_parse_answers__a_value_of_its_type_is_taken(variable: Variable, value: Any) -> None:
    assert one(variable, item(value)).value == value


@pytest.mark.parametrize(
    "given",
    [
        "bare", None, {}, {"quote": "q"}, item("x", quote=5), item("x", zone="here"),
        item("x", reason="because"),
    ],
)  # fmt: skip
def test_parse_answers__another_shape_is_malformed(given: Any) -> None:
    assert one(TEXT, given) == "malformed_answer"


def test_parse_answers__a_boast_is_not_read() -> None:
    """E-EXT-04: a claim of confidence is not read."""
    assert one(TEXT, item("x", confidence=1.0, box=[0, 0, 1, 1])) == Answer(
        value="x", quote="q", zone=1
    )


def test_parse_answers__a_list_keeps_its_order() -> None:
    answers = parse_answers(json.dumps({"list": [item("b"), item("a")]}), [LIST])
    assert [answer.value for answer in answers.by_key["list"]] == ["b", "a"]


def read_in(*windows: list[tuple[str, int]]) -> list[tuple[Any, int | None]]:
    """What windows make together that read these values in these zones."""
    replies = [
        Answers({"list": [Answer(value=value, zone=zone) for value, zone in window]})
        for window in windows
    ]
    return [(answer.value, answer.zone) for answer in merge_answers(replies).by_key["list"]]


def test_merge_answers__what_two_windows_read_in_one_zone_counts_once() -> None:
    """E-EXT-09: the overlap is not doubled, but a value that a zone prints twice stays two."""
    assert read_in([("a", 1)], [("a", 1), ("b", 2)]) == [("a", 1), ("b", 2)]
    assert read_in([("a", 1)], [("a", 2)]) == [("a", 1), ("a", 2)]
    assert read_in([("a", 1), ("a", 1)], [("a", 1)]) == [("a", 1), ("a", 1)]
    assert read_in([("a", 1)], [("a", 1), ("a", 1)]) == [("a", 1), ("a", 1)]


def test_merge_answers__flags_stand_once_and_faults_of_all_windows_are_kept() -> None:
    replies = [
        Answers({}, ("extra_keys",), {"text": "missing_answer"}),
        Answers({}, ("extra_keys",), {"sum": "malformed_answer"}),
    ]
    merged = merge_answers(replies)
    assert merged.flags == ("extra_keys",)
    assert merged.faults == {"text": "missing_answer", "sum": "malformed_answer"}
