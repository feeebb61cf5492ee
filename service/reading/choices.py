"""Answers out of a closed set: yes or no, check boxes, categories. Whole words only."""

import re
from typing import cast

import regex  # type: ignore[import-untyped]  # ships no types; looks behind a pattern of any length

from service.reading.characters import fold, loose
from service.reading.languages import either, meanings
from service.reading.models import Normalised, Variable

_ANSWERS = {loose(form): meaning == ("yes",) for form, meaning in meanings("answers").items()}
_MARK = re.compile(r"([☑☒✓✔☐]|[\[(] ?[xX✓✔] ?[\])]|\[ ?_? ?\])")
# What is asked ends with a colon or question mark; or the answer ends the text. A label may begin with it, too.
_ANSWER = regex.compile(r"(?<=[:?=]\s*)[^\s,;.]+|[^\s,;.:?!]+(?=[\s.;:?!]*$)")
_OF_LABEL = regex.compile(rf"^[^\s,;.]+|{_ANSWER.pattern}")


def _boxes(text: str) -> list[tuple[bool, str]]:
    """Each check box: whether it is ticked, and what is printed beside it."""
    first, *parts = _MARK.split(text)
    marks, behind = parts[::2], parts[1::2]
    before = bool(marks) and bool(first.strip()) and not behind[-1].strip()
    labels = [first, *behind[:-1]] if before else behind
    return [
        (re.search(r"[☑☒✓✔xX]", mark) is not None, label)
        for mark, label in zip(marks, labels, strict=True)
    ]


def _answer(pattern: regex.Pattern[str], text: str) -> bool | None:
    answers = {
        _ANSWERS[word] for word in map(loose, pattern.findall(text.strip())) if word in _ANSWERS
    }
    return answers.pop() if len(answers) == 1 else None


def said_boolean(text: str) -> bool | None:
    """What a folded text answers: its ticked box, else a yes or no at its end or after a colon."""
    boxes = _boxes(text)
    if not boxes:
        return _answer(_ANSWER, text)
    if len(boxes) == 1 and _answer(_OF_LABEL, boxes[0][1]) is None:
        return boxes[0][0]
    ticked = [label for on, label in boxes if on]  # none: an empty box beside a yes says nothing
    return _answer(_OF_LABEL, ticked[0]) if len(ticked) == 1 else None


def _names(variable: Variable) -> dict[str, str]:
    """Each printed name, loosely written, and the category it stands for."""
    others = cast("dict[str, list[str]]", variable.rules.get("synonyms", {}))
    return {
        loose(name): told for told in variable.categories for name in [told, *others.get(told, [])]
    }


def _chosen(text: str) -> list[str]:
    """What the text says, loosely: beside the ticked boxes where it has boxes, else all of it."""
    boxes = _boxes(text) or [(True, text)]
    return [loose(label) for on, label in boxes if on]


def read_category(variable: Variable, raw: str) -> Normalised:
    """The listed category that a text names or ticks; with the rule other_allowed, the text where it names none."""
    names = _names(variable)
    found = {names.get(label) for label in _chosen(fold(raw))}
    if found == {None} and variable.rules.get("other_allowed"):
        return Normalised(value=" ".join(raw.split()))
    only = found.pop() if len(found) == 1 else None
    return Normalised(value=only) if only else Normalised(flags=("not_in_categories",))


def said_category(variable: Variable, value: str, text: str) -> bool:
    """True where the text names this category and no other."""
    names = _names(variable) | {loose(value): value}
    pattern = re.compile(rf"(?<!\w)(?:{either(names)})(?!\w)")
    return {names[name] for label in _chosen(text) for name in pattern.findall(label)} == {value}
