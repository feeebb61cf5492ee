"""Labels and values in a text. Strict: what might be something else is not read.

What business papers call things, a paragraph a concept, is in offline_words.txt: en, de, fr, es.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from service.reading.characters import fold_name
from service.reading.choices import read_category
from service.reading.currencies import CURRENCY
from service.reading.models import Variable
from service.reading.values import printed_values

_IBAN = r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?(?=\w*\d)[A-Z0-9]{1,3})?"
_NO_ID = rf"\d+[.,]\d\d(?!\w)|\d{{1,2}}[./]\d{{1,2}}[./]\d|\d{{4}}-\d\d-|\S*@|www\.|{_IBAN}"
_ID = rf"(?!{_NO_ID})(?=\S{{3}}|\S+ \d)(?:[A-Z]{{2,3}} )?(?=\S*\d)\w(?:[\w./-]*\w)?(?: \d{{1,6}}(?!\S))*"
# Texts that have a form: what they are called, and the form.
_FORMS = {
    "iban": ("iban", _IBAN),
    "bic": ("bic swift", r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?"),
    "phone": ("phone telephone telefon tel", r"\+?\(?\d[\d ()/-]{5,}\d"),
    "currency": ("currency wahrung devise moneda", rf"(?=[A-Z]{{3}}\b){CURRENCY}"),
    "id": ("number no nr id reference ref code numero nummer", _ID),
}
# Before a value: marks, remarks in brackets, rates, words that say nothing.
_SKIPPED = re.compile(
    r"(?:[:#=.]*(?:\s|$)|[:#=]|\([^)]*\):?|\(?\d+(?:[.,]\d+)?\s?%\)?:?|"
    r"(?i:is|are|lautet|ist|est|es|von|vom|dated|of|de|du|le|la|the|nr|no|n|nummer|at|zu|a)[°.]?\s)*"
)
_SENTENCE = re.compile(r"\w{4,}[.?!] \w|[^:]{1,40}:(\s|$)")

Phrase = tuple[str, ...]


def tokens(text: str) -> Phrase:
    """The words of a text for comparison: no case, no accents, no punctuation."""
    return tuple(re.findall(r"\w+", fold_name(text.replace("_", " "))))


@cache
def concepts() -> list[frozenset[Phrase]]:
    """Everything that each thing is called."""
    paragraphs = re.split(
        r"\n(?! )", Path(__file__).with_name("offline_words.txt").read_text("utf-8").strip()
    )
    return [frozenset(map(tokens, paragraph.split("|"))) for paragraph in paragraphs]


def names_of(variable: Variable) -> frozenset[Phrase]:
    """The variable's key, label and aliases, and everything else that their concepts are called."""
    own = frozenset(filter(None, map(tokens, [variable.key, variable.label, *variable.aliases])))
    return own.union(*(concept for concept in concepts() if concept & own))


def any_of(names: Iterable[Phrase]) -> re.Pattern[str]:
    """A pattern for any of the names as whole words; what stands in brackets between them does not count."""
    longest_first = sorted(names, key=lambda name: -len(" ".join(name)))
    joined = "|".join(r"(?:\W*\(\w*\))?\W+".join(name) for name in longest_first)
    return re.compile(rf"(?<!\S)[^\w\s]*(?:{joined})(?!\S*\w)")


def places(label: re.Pattern[str], text: str) -> Iterator[tuple[int, int, bool]]:
    """Where a label stands in a text: its first word, the one after it, and whether it opens a statement."""
    # A hard blank inside a word is not the end of it.
    comparable = " ".join(fold_name(word).replace(" ", "-") for word in text.split(" "))
    for match in label.finditer(comparable):
        before = comparable[: match.start()].rstrip()
        opens = not before or before[-1] in ":,.|·"
        yield (
            comparable.count(" ", 0, match.start()),
            comparable.count(" ", 0, match.end()) + 1,
            opens,
        )


class Reader:
    """Reads values of one variable in one language; `kind` is its type, a text told apart by what it is called."""

    def __init__(self, variable: Variable, language: str, labels: frozenset[Phrase]) -> None:
        self.variable, self.language, self.labels = variable, language, labels
        words = {*tokens(variable.key), *tokens(variable.label)}
        called = (kind for kind, (names, _) in _FORMS.items() if words & set(names.split()))
        self.kind = next(called, "text") if variable.type == "text" else variable.type
        self.formed = self.kind in {*_FORMS, "date", "money", "number"}

    def rest(self, text: str) -> str:
        """What is left behind a label without the marks, remarks and fillers before a value."""
        return _SKIPPED.sub("", text, count=1)

    def value(self, text: str) -> str:
        """The value that a text begins with; empty where it is none."""
        if self.kind in _FORMS:
            match = re.match(rf"(?:{_FORMS[self.kind][1]})(?![\w@])", text)
            return match[0] if match else ""
        if self.formed:
            found = printed_values(self.variable, text, self.language)
            return next((text[: p.end] for p in found if p.start == 0 and p.readings), "")
        value = text.rstrip(" ,;:")
        if self.kind == "category":
            return value if read_category(self.variable, value).value else ""
        label = _SENTENCE.search(text) or tokens(re.sub(r"\(.*\)", "", value)) in self.labels
        return "" if label or len(value) > 80 or not re.search(r"[^\W\d_]{2}", value) else value
