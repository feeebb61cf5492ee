"""Answers out of a closed set: yes or no, check boxes, categories. Whole words only."""

import re
from typing import NamedTuple, cast

import regex  # type: ignore[import-untyped]  # ships no types; looks behind a pattern of any length

from service.reading.characters import fold_name, fold_text
from service.reading.languages import meanings_in, pattern_of_any
from service.reading.models import Normalised, Variable

_ANSWERS = {
    fold_name(form): meaning == ("yes",) for form, meaning in meanings_in("answers").items()
}
_BOX = re.compile(
    r"""(
        [☑☒✓✔☐]
      | [\[(]\ ?[xX✓✔]\ ?[\])]              # [x], (X), [ ✓ ]
      | \[\ ?_?\ ?\]                        # [ ], [_]
    )""",
    re.VERBOSE,
)
_TICK = re.compile(r"[☑☒✓✔xX]")
# A word that may be an answer: behind the colon or question mark of what is asked, or at the end.
_ANSWER = regex.compile(
    r"""
        (?<=[:?=]\s*)[^\s,;.]+
      | [^\s,;.:?!]+(?=[\s.;:?!]*$)
    """,
    regex.VERBOSE,
)
# The label of a box may begin with its answer, too.
_ANSWER_OF_LABEL = regex.compile(rf"^[^\s,;.]+|{_ANSWER.pattern}", regex.VERBOSE)


class _CheckBox(NamedTuple):
    """A check box and what is printed beside it."""

    is_ticked: bool
    label: str


def read_boolean(text: str) -> bool | None:
    """What a folded text answers: its ticked box, else a yes or no at its end or after a colon."""
    boxes = _check_boxes(text)
    if not boxes:
        return _only_answer(_ANSWER, text)
    if len(boxes) == 1 and _only_answer(_ANSWER_OF_LABEL, boxes[0].label) is None:
        return boxes[0].is_ticked
    ticked = [box for box in boxes if box.is_ticked]
    if len(ticked) != 1:  # none: an empty box beside a yes says nothing
        return None
    return _only_answer(_ANSWER_OF_LABEL, ticked[0].label)


def read_category(variable: Variable, raw: str) -> Normalised:
    """The listed category that a text names or ticks.

    With the rule other_allowed, a text that names none is its own category.
    """
    categories = _categories_by_name(variable)
    named = {categories.get(label) for label in _chosen_labels(fold_text(raw))}
    if named == {None} and variable.rules.get("other_allowed"):
        return Normalised(value=" ".join(raw.split()))
    only = named.pop() if len(named) == 1 else None
    if not only:
        return Normalised(flags=("not_in_categories",))
    return Normalised(value=only)


def names_category(text: str, variable: Variable, category: str) -> bool:
    """True where a folded text names this category and no other."""
    categories = _categories_by_name(variable) | {fold_name(category): category}
    any_name = re.compile(rf"(?<!\w)(?:{pattern_of_any(categories)})(?!\w)")
    named = set[str]()
    for label in _chosen_labels(text):
        named.update(categories[name] for name in any_name.findall(label))
    return named == {category}


def _check_boxes(text: str) -> list[_CheckBox]:
    before_first, *parts = _BOX.split(text)
    marks = parts[::2]
    behind = parts[1::2]
    if not marks:
        return []
    labels_stand_before = bool(before_first.strip()) and not behind[-1].strip()
    labels = [before_first, *behind[:-1]] if labels_stand_before else behind
    return [
        _CheckBox(is_ticked=_TICK.search(mark) is not None, label=label)
        for mark, label in zip(marks, labels, strict=True)
    ]


def _only_answer(pattern: "regex.Pattern[str]", text: str) -> bool | None:
    """The yes or no of a text; None where it says neither, or both."""
    words = map(fold_name, pattern.findall(text.strip()))
    answers = {_ANSWERS[word] for word in words if word in _ANSWERS}
    if len(answers) != 1:
        return None
    return answers.pop()


def _categories_by_name(variable: Variable) -> dict[str, str]:
    """Each printed name, loosely written, and the category it stands for."""
    synonyms = cast("dict[str, list[str]]", variable.rules.get("synonyms", {}))
    by_name: dict[str, str] = {}
    for category in variable.categories:
        for name in (category, *synonyms.get(category, ())):
            by_name[fold_name(name)] = category
    return by_name


def _chosen_labels(text: str) -> list[str]:
    """What the text says, loosely: beside the ticked boxes where it has boxes, else all of it."""
    boxes = _check_boxes(text)
    if not boxes:
        return [fold_name(text)]
    return [fold_name(box.label) for box in boxes if box.is_ticked]
