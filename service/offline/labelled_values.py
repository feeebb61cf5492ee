"""Labels and values in a text. Strict: what might be something else is not read.

`offline_words.txt` holds what business papers call things in en, de, fr and es, a paragraph a
concept.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from service.reading.characters import fold_name
from service.reading.choices import read_category
from service.reading.currencies import CURRENCY
from service.reading.models import Variable
from service.reading.values import printed_values

_IBAN = r"""
    [A-Z]{2} \d{2}                       # country and check digits
    (?: [ ]? [A-Z0-9]{4} ){2,7}          # groups of four
    (?: [ ]? (?=\w*\d) [A-Z0-9]{1,3} )?  # what is left; without a digit it is the next word
"""
_BIC = r"[A-Z]{6} [A-Z0-9]{2} (?: [A-Z0-9]{3} )?"
_PHONE = r"\+? \(? \d [\d\ ()/-]{5,} \d"
_CURRENCY_CODE = rf"(?= [A-Z]{{3}} \b ) {CURRENCY}"
# Numbers that look like the number of a thing and are something else.
_OTHER_THAN_NUMBER = rf"""
      \d+ [.,] \d\d (?!\w)               # an amount
    | \d{{1,2}} [./] \d{{1,2}} [./] \d   # a day
    | \d{{4}} - \d\d -                   # a day, year first
    | \S* @                              # an address of mail
    | www\.
    | {_IBAN}
"""
_NUMBER = rf"""
    (?! {_OTHER_THAN_NUMBER} )
    (?= \S{{3}} | \S+ [ ] \d )           # more than two signs
    (?: [A-Z]{{2,3}} [ ] )?              # a prefix, as in RE 2024-17
    (?= \S* \d )
    \w (?: [\w./-]* \w )?
    (?: [ ] \d{{1,6}} (?!\S) )*          # further groups of digits
"""


class _Form(NamedTuple):
    """A kind of text that is told by its form: how variables of it are called, and the form."""

    names: frozenset[str]
    pattern: re.Pattern[str]


def _form(names: str, pattern: str) -> _Form:
    """The form does not end inside a word, nor before the sign of a mail address."""
    whole = re.compile(rf"(?: {pattern} ) (?! [\w@] )", re.VERBOSE)
    return _Form(frozenset(names.split()), whole)


_FORMS = {
    "iban": _form("iban", _IBAN),
    "bic": _form("bic swift", _BIC),
    "phone": _form("phone telephone telefon tel", _PHONE),
    "currency": _form("currency wahrung devise moneda", _CURRENCY_CODE),
    "id": _form("number no nr id reference ref code numero nummer", _NUMBER),
}
# What may stand between a label and its value and says nothing.
_FILLERS = re.compile(
    r"""
    (?: [:\#=.]* (?: \s | $ )            # marks
      | [:\#=]
      | \( [^)]* \) :?                   # a remark in brackets
      | \(? \d+ (?: [.,] \d+ )? \s? % \)? :?  # a rate
      | (?i: is | are | lautet | ist | est | es | von | vom | dated | of | de | du | le | la | the
          | nr | no | n | nummer | at | zu | a ) [°.]? \s
    )*
    """,
    re.VERBOSE,
)
_SENTENCE_OR_LABEL = re.compile(r"\w{4,} [.?!] [ ] \w | [^:]{1,40} : (?: \s | $ )", re.VERBOSE)
_LONGEST_TEXT = 80  # characters; a longer text is a paragraph and no value

Phrase = tuple[str, ...]


def comparable_words(text: str) -> Phrase:
    """The words of a text for comparison: no case, no accents, no punctuation."""
    return tuple(re.findall(r"\w+", fold_name(text.replace("_", " "))))


@cache
def known_concepts() -> list[frozenset[Phrase]]:
    """Everything that each thing is called."""
    text = Path(__file__).with_name("offline_words.txt").read_text("utf-8").strip()
    paragraphs = re.split(r"\n(?! )", text)
    return [frozenset(map(comparable_words, paragraph.split("|"))) for paragraph in paragraphs]


def names_of(variable: Variable) -> frozenset[Phrase]:
    """The variable's key, label and aliases, and everything else that their concepts are called."""
    written = [variable.key, variable.label, *variable.aliases]
    own = frozenset(filter(None, map(comparable_words, written)))
    return own.union(*(concept for concept in known_concepts() if concept & own))


def label_pattern(names: Iterable[Phrase]) -> re.Pattern[str]:
    """A pattern for any of the names as whole words.

    What stands in brackets between the words of a name does not count.
    """
    longest_first = sorted(names, key=lambda name: -len(" ".join(name)))
    joined = "|".join(r"(?:\W*\(\w*\))?\W+".join(name) for name in longest_first)
    return re.compile(rf"(?<!\S)[^\w\s]*(?:{joined})(?!\S*\w)")


class Mention(NamedTuple):
    """Where a label stands in a text: its first word, and the one after its last.

    `opens` is true where it begins a statement.
    """

    first_word: int
    end_word: int
    opens: bool


def find_labels(label: re.Pattern[str], text: str) -> Iterator[Mention]:
    """Every place where the label stands in the text."""
    # A hard blank inside a word is not the end of it.
    words = [fold_name(word).replace(" ", "-") for word in text.split(" ")]
    comparable = " ".join(words)
    for match in label.finditer(comparable):
        before = comparable[: match.start()].rstrip()
        yield Mention(
            first_word=comparable.count(" ", 0, match.start()),
            end_word=comparable.count(" ", 0, match.end()) + 1,
            opens=not before or before[-1] in ":,.|·",
        )


class Reader:
    """Reads values of one variable in one language.

    `kind` is the variable's type; a text that has a form is of that kind, as its name tells.
    `labels` are the names of everything: none of them is a value.
    """

    def __init__(self, variable: Variable, language: str, labels: frozenset[Phrase]) -> None:
        self.variable = variable
        self.language = language
        self.labels = labels
        self.kind = _kind(variable)
        self.has_form = self.kind in {*_FORMS, "date", "money", "number"}

    def skip_fillers(self, text: str) -> str:
        """What is left behind a label without the marks, remarks and fillers before a value."""
        return _FILLERS.sub("", text, count=1)

    def leading_value(self, text: str) -> str:
        """The value that a text begins with; empty where there is none."""
        if self.kind in _FORMS:
            match = _FORMS[self.kind].pattern.match(text)
            return match[0] if match else ""
        if self.has_form:
            return self._leading_printed_value(text)
        value = text.rstrip(" ,;:")
        if self.kind == "category":
            return value if read_category(self.variable, value).value else ""
        return value if self._is_plain_text(text, value) else ""

    def _leading_printed_value(self, text: str) -> str:
        for printed in printed_values(self.variable, text, self.language):
            if printed.start == 0 and printed.readings:
                return text[: printed.end]
        return ""

    def _is_plain_text(self, text: str, value: str) -> bool:
        """False for a sentence, a label, a paragraph, and for what holds no word."""
        if _SENTENCE_OR_LABEL.search(text) or len(value) > _LONGEST_TEXT:
            return False
        if comparable_words(re.sub(r"\(.*\)", "", value)) in self.labels:
            return False
        return re.search(r"[^\W\d_]{2}", value) is not None


def _kind(variable: Variable) -> str:
    if variable.type != "text":
        return variable.type
    words = {*comparable_words(variable.key), *comparable_words(variable.label)}
    return next((kind for kind, form in _FORMS.items() if words & form.names), "text")
