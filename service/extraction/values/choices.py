"""Answers out of a closed set: yes or no, check boxes, categories. Whole words only."""

import re

from service.extraction.models import Normalised, Variable
from service.extraction.values.characters import fold, loose

_YES = (
    "yes y true ja j oui vrai si sí verdadero sim verdadeiro da tak ano áno igen evet kyllä да はい 是"
    " ใช่ نعم ναι jah taip 1"
)
_NO = "no n false nein falsch non faux falso não nao nej nei nee nie ne nem hayır ei нет いいえ 否 ไม่ใช่ لا όχι nu 0"
_ANSWERS = {loose(w): True for w in _YES.split()} | {loose(w): False for w in _NO.split()}
_UNKNOWN = {"unknown", "unclear", "n/a", "unklar", "unbekannt", "inconnu", "desconocido"}
_MARK = re.compile(r"(?P<on>[☑☒✓✔]|[\[(] ?[xX✓✔] ?[\])])|☐|\[ ?_? ?\]")


def _ticked(text: str) -> list[str] | None:
    """The texts beside ticked marks; None where no mark is printed."""
    marks = list(_MARK.finditer(text))
    if not marks:
        return None
    edges = [0, *(m.end() for m in marks), len(text)]
    before = bool(text[: marks[0].start()].strip()) and not text[marks[-1].end() :].strip()
    if before:
        return [text[edges[i] : m.start()].strip() for i, m in enumerate(marks) if m["on"]]
    stops = [m.start() for m in marks[1:]] + [len(text)]
    pairs = zip(marks, stops, strict=True)
    return [text[m.end() : stop].strip() for m, stop in pairs if m["on"]]


def _answer(label: str) -> bool | None:
    words = re.split(r"[\s,.;:?!/]+", loose(label).strip(" .;:?!"))
    return _ANSWERS.get(words[0], _ANSWERS.get(words[-1]))


def said_boolean(text: str) -> bool | None:
    """What a folded text answers: its ticked box, else a yes or no at its end or after a colon."""
    labels = _ticked(text)
    if labels is None:
        tails = [*re.split(r"[:?=]\s*", text)[1:], text.rstrip(" .;").rpartition(" ")[2]]
        heads = [re.split(r"[\s,;.]", tail, maxsplit=1)[0] for tail in tails if tail]
        found = {_ANSWERS[loose(h)] for h in heads if loose(h) in _ANSWERS}
        return found.pop() if len(found) == 1 else None
    if len(_MARK.findall(text)) > 1:
        return _answer(labels[0]) if len(labels) == 1 else None
    if labels:
        answer = _answer(labels[0])
        return True if answer is None else answer
    return False if _answer(_MARK.sub(" ", text)) is None else None


def read_boolean(raw: object) -> Normalised:
    """Yes, no, or no value with the flag that says why."""
    if isinstance(raw, bool):
        return Normalised(value=raw)
    text = fold(str(raw)).strip()
    key = loose(text).strip(" .!")
    answer = True if key in {"x", "✓", "✔"} else _ANSWERS.get(key)
    if answer is None and _MARK.search(text):
        answer = said_boolean(text)
    flag = "unknown" if key in _UNKNOWN else "not_a_boolean"
    return Normalised(value=answer, flags=() if answer is not None else (flag,))


def _names(variable: Variable) -> dict[str, str]:
    """Each printed name, loosely written, and the category it stands for."""
    names = {loose(category): category for category in variable.categories}
    synonyms = variable.rules.get("synonyms")
    for category, others in (synonyms if isinstance(synonyms, dict) else {}).items():
        if category in variable.categories and isinstance(others, list):
            names.update({loose(str(other)): category for other in others})
    return names


def read_category(variable: Variable, raw: str) -> Normalised:
    """The listed category; another text only where the rules allow it, and flagged."""
    text, names = " ".join(raw.split()), _names(variable)
    found = {names.get(loose(label)) for label in _ticked(fold(text)) or [text]}
    if len(found) == 1 and None not in found:
        return Normalised(value=found.pop())
    if variable.rules.get("other_allowed") is True:
        return Normalised(value=text, flags=("other_category",))
    return Normalised(flags=("not_in_categories",))


def said_category(variable: Variable, value: str, text: str) -> bool:
    """True where the text names this category and no other, in a ticked box where it has boxes."""
    names = _names(variable) | {loose(value): value}
    found = set()
    for label in _ticked(text) or ([] if _MARK.search(text) else [text]):
        left = loose(label)
        for name in sorted(names, key=len, reverse=True):
            without = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "\x00", left)
            if without != left:
                found.add(names[name])
            left = without
    return found == {value}
