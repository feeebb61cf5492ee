"""Answers out of a closed set: yes or no, check boxes, categories. Whole words only."""

import re

import regex  # type: ignore[import-untyped]  # ships no types; looks behind a pattern of any length

from service.extraction.models import Normalised, Variable
from service.extraction.values.characters import fold, loose
from service.extraction.values.languages import meanings

_ANSWERS = {loose(form): meaning == ("yes",) for form, meaning in meanings("answers").items()}
_MARK = re.compile(r"([☑☒✓✔☐]|[\[(] ?[xX✓✔] ?[\])]|\[ ?_? ?\])")
_ON = re.compile(r"[☑☒✓✔xX]")
# What is asked ends with a colon or question mark; or the answer ends the text.
_ANSWER = regex.compile(r"(?<=[:?=]\s*)[^\s,;.]+|[^\s,;.]+(?=[\s.;!]*$)")
_ENDS = regex.compile(r"^[^\s,;.]+|[^\s,;.]+(?=[\s.;:?!]*$)")


def _boxes(text: str) -> list[tuple[bool, str]]:
    """Each check box: whether it is ticked, and what is printed beside it."""
    first, *parts = _MARK.split(text)
    marks, behind = parts[::2], parts[1::2]
    before = bool(first.strip()) and bool(marks) and not behind[-1].strip()
    labels = [first, *behind] if before else behind
    return [(bool(_ON.search(mark)), label.strip()) for mark, label in zip(marks, labels, strict=False)]


def _answer(pattern: regex.Pattern[str], text: str) -> bool | None:
    words = {_ANSWERS[word] for word in map(loose, pattern.findall(text)) if word in _ANSWERS}
    return words.pop() if len(words) == 1 else None


def said_boolean(text: str) -> bool | None:
    """What a folded text answers: its ticked box, else a yes or no at its end or after a colon."""
    boxes = _boxes(text)
    if not boxes:
        return _answer(_ANSWER, text)
    ticked = [label for on, label in boxes if on]
    if len(boxes) > 1:
        return _answer(_ENDS, ticked[0]) if len(ticked) == 1 else None
    answer = _answer(_ENDS, boxes[0][1])
    # A lone box beside a yes says nothing while it is empty.
    return (True if answer is None else answer) if ticked else (False if answer is None else None)


def _names(variable: Variable) -> dict[str, str]:
    """Each printed name, loosely written, and the category it stands for."""
    names = {loose(category): category for category in variable.categories}
    synonyms = variable.rules.get("synonyms")
    for category, others in (synonyms if isinstance(synonyms, dict) else {}).items():
        if category in variable.categories and isinstance(others, list):
            names.update({loose(str(other)): category for other in others})
    return names


def _chosen(text: str) -> list[str]:
    """What the text says: beside the ticked boxes where it has boxes, else all of it."""
    boxes = _boxes(text)
    return [label for on, label in boxes if on] if boxes else [text]


def read_category(variable: Variable, raw: str) -> Normalised:
    """The listed category; another text only where the rules allow it, and flagged."""
    names = _names(variable)
    found = {names.get(loose(label)) for label in _chosen(fold(raw))}
    if len(found) == 1 and None not in found:
        return Normalised(value=found.pop())
    if variable.rules.get("other_allowed") is True:
        return Normalised(value=" ".join(raw.split()), flags=("other_category",))
    return Normalised(flags=("not_in_categories",))


def said_category(variable: Variable, value: str, text: str) -> bool:
    """True where the text names this category and no other."""
    names = _names(variable) | {loose(value): value}
    longest_first = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    pattern = re.compile(rf"(?<!\w)(?:{longest_first})(?!\w)")
    return {names[name] for label in _chosen(text) for name in pattern.findall(loose(label))} == {value}
