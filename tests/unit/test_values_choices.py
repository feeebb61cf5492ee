"""Booleans, categories, texts, lists and rules."""

import pytest
from pydantic import JsonValue

from service.generated.contract import VariablesType as VariableType
from service.reading.models import Variable
from service.reading.rules import broken_rules
from service.reading.values import normalise


def variable(kind: VariableType, *, multiple: bool = False, required: bool = False,
             categories: tuple[str, ...] = (), **rules: JsonValue) -> Variable:  # fmt: skip
    return Variable(
        id="1", key="k", label="K", type=kind, rules=rules, multiple=multiple, required=required,
        categories=categories,
    )  # fmt: skip


REASON = variable(
    "category", categories=("late", "Wrong Item", "café"), synonyms={"late": ["delayed"]}
)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (True, True),
        ("Yes", True),
        ("ja", True),
        ("OUI", True),
        ("sí", True),
        ("да", True),
        ("はい", True),
        ("1", True),
        ("☒", True),
        ("[x]", True),
        ("X", True),
        ("[x] yes [ ] no", True),
        ("Ja ☐ Nein ☒", False),
        ("☐ maybe ☒ yes", True),
        ("No.", False),
        ("Nein", False),
        ("نعم", True),
        ("hayır", False),
        ("☐", False),
        ("[ ] newsletter", False),
        (False, False),
    ],
)
def test_boolean__is_read_in_many_languages(raw: JsonValue, value: bool) -> None:
    found = normalise(variable("boolean"), raw, language="en")
    assert (found.value, found.flags) == (value, ())


@pytest.mark.parametrize(
    ("raw", "flag"),
    [
        ("unknown", "not_a_boolean"),
        ("N/A", "not_a_boolean"),
        ("maybe", "not_a_boolean"),
        ("[x] yes [x] no", "not_a_boolean"),
        ("[ ] yes", "not_a_boolean"),
        (2, "not_a_boolean"),
    ],
)
def test_boolean__third_value_is_null_with_a_flag(raw: JsonValue, flag: str) -> None:
    """E-PP-03: yes, no, and neither."""
    found = normalise(variable("boolean"), raw, language="en")
    assert (found.value, found.flags) == (None, (flag,))


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("late", "late"),
        (" LATE ", "late"),
        ("wrong  item", "Wrong Item"),
        ("Cafe", "café"),
        ("delayed", "late"),
        ("[x] late", "late"),
        ("[x] late [ ] café", "late"),
    ],
)
def test_category__tolerates_case_blanks_and_accents(raw: str, value: str) -> None:
    """E-PP-03: tolerant of case and space."""
    found = normalise(REASON, raw, language="en")
    assert (found.value, found.flags) == (value, ())


def test_category__off_the_list_is_flagged_unless_others_are_allowed() -> None:
    """E-PP-03, E-PP-05: an unlisted one has no value; with other_allowed it is its own text."""
    refused = normalise(REASON, "broken", language="en")
    assert (refused.value, refused.flags) == (None, ("not_in_categories",))
    free = REASON.model_copy(update={"rules": REASON.rules | {"other_allowed": True}})
    taken = normalise(free, " broken  box", language="en")
    assert (taken.value, taken.flags) == ("broken box", ())
    assert normalise(free, "LATE", language="en").value == "late"
    assert normalise(free, "[x] late [x] café", language="en").flags == ("not_in_categories",)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("None", "None"),
        ("True", "True"),
        ("null", "null"),
        ("“quoted”  'text'", "“quoted” 'text'"),
        ("two\nlines ", "two\nlines"),
        ("ﬁn − 10²", "ﬁn − 10²"),
        (5, "5"),
        ("  ", None),
        (None, None),
    ],
)
def test_text__is_never_altered(raw: JsonValue, value: str | None) -> None:
    """E-EXT-03: None, True, quotes, line ends and other scripts come through as they are."""
    found = normalise(variable("text"), raw, language="en")
    assert (found.value, found.flags) == (value, ())


def test_rule__of_a_list_holds_for_each_item() -> None:
    many = variable("number", multiple=True, max=2)
    assert broken_rules(many, [1, 2]) == ()
    assert broken_rules(many, [1, 3]) == ("rule_range",)


@pytest.mark.parametrize(
    ("kind", "rules", "good", "bad", "flag"),
    [
        ("number", {"min": 1}, 1, 0.99, "rule_range"),
        ("number", {"max": 10}, 10, 10.01, "rule_range"),
        (
            "money",
            {"min": 5},
            {"amount": 5, "currency": None},
            {"amount": 4, "currency": "EUR"},
            "rule_range",
        ),
        ("date", {"min": "2024-05-01"}, "2024-05-01", "2024-04-30", "rule_range"),
        ("date", {"max": "2024-05-01"}, "2024-05", "2024-06", "rule_range"),
        ("text", {"pattern": "[A-Z]+-[0-9]+"}, "AB-1", "AB-1x", "rule_pattern"),
        ("text", {"enum": ["a", "b"]}, "b", "B", "rule_enum"),
        ("number", {"enum": [1, 2.5]}, 2.5, 2, "rule_enum"),
        ("text", {"pattern": "("}, None, "x", "rule_pattern_unchecked"),
        ("text", {"pattern": r"(x+x+)+y"}, "xxy", "x" * 5000, "rule_pattern_unchecked"),
    ],
)  # fmt: skip
def test_rule__flags_what_breaks_it_and_nothing_else(
    kind: VariableType, rules: dict[str, JsonValue], good: JsonValue, bad: JsonValue, flag: str
) -> None:
    """E-PP-04: range, full match and enumeration."""
    ruled = variable(kind).model_copy(update={"rules": rules})
    assert broken_rules(ruled, good) == ()
    assert broken_rules(ruled, bad) == (flag,)


def test_rule__required_is_flagged_only_where_nothing_is() -> None:
    needed = variable("text", required=True)
    assert broken_rules(needed, None) == ("required",)
    assert broken_rules(needed, "x") == ()
    assert broken_rules(variable("boolean", required=True), False) == ()
    assert broken_rules(variable("text"), None) == ()
