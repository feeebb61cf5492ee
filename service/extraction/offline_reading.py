"""Where in a text the value of a variable is printed. Strict: what might be something else is not read."""

import re

from service.extraction import values
from service.extraction.models import Variable
from service.extraction.offline_words import Phrase, tokens
from service.extraction.values.currencies import CURRENCY
from service.extraction.values.dates import dates
from service.extraction.values.numbers import Number, numbers
from service.extraction.values.reading import day_first

_IBAN = r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?(?=\w*\d)[A-Z0-9]{1,3})?"
_NO_ID = rf"\d+[.,]\d\d(?!\w)|\d{{1,2}}[./]\d{{1,2}}[./]\d|\d{{4}}-\d\d-|\S*@|www\.|{_IBAN}"
_PATTERNS = {
    "iban": _IBAN,
    "bic": r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?",
    "email": r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    "phone": r"\+?\(?\d[\d ()/-]{5,}\d",
    "currency": rf"(?=[A-Z]{{3}}\b){CURRENCY}",
    "id": rf"(?!{_NO_ID})(?=\S{{3}}|\S+ \d)(?:[A-Z]{{2,3}} )?(?=\S*\d)\w(?:[\w./-]*\w)?(?: \d{{1,6}}(?!\S))*",
}
_CALLED = {
    "iban": "iban",
    "bic": "bic swift",
    "email": "email mail courriel correo",
    "phone": "phone telephone telefon tel",
    "currency": "currency wahrung devise moneda",
    "id": "number no nr id reference ref code numero nummer",
}
# Before a value: marks, remarks in brackets, rates, words that say nothing; before a date also the code it belongs to.
_SKIPPED = re.compile(
    r"(?:[:#=.]*(?:\s|$)|[:#=]|\([^)]*\):?|\(?\d+(?:[.,]\d+)?\s?%\)?:?|"
    r"(?i:is|are|lautet|ist|est|es|von|vom|dated|of|de|du|le|la|the|nr|no|n|nummer|at|zu|a)[°.]?\s)*"
)
_CODE_OF = re.compile(r"\S*\d\S*\s(?=(?i:vom|von|du|of|dated|del|de)\s)")
_SENTENCE = re.compile(r"\w{4,}[.?!] \w|[^:]{1,40}:(\s|$)")


class Reader:
    """Reads values of one variable in one language."""

    def __init__(self, variable: Variable, language: str, labels: frozenset[Phrase]) -> None:
        self.variable, self.language, self.labels = variable, language, labels
        words = {*tokens(variable.key), *tokens(variable.label)}
        called = (kind for kind, names in _CALLED.items() if words & set(names.split()))
        self.kind = next(called, "text") if variable.type == "text" else variable.type
        self.formed = self.kind in {*_PATTERNS, "date", "money", "number"}
        self.most_beside = {"money": 1, "text": 2}.get(self.kind, 9)

    def rest(self, text: str) -> str:
        """What is left behind a label without the marks, remarks and fillers before a value."""
        text = _SKIPPED.sub("", text, count=1)
        code = _CODE_OF.match(text) if self.kind == "date" else None
        return _SKIPPED.sub("", text[code.end() :], count=1) if code else text

    def value(self, text: str) -> str:
        """The value that a text begins with; empty where it is none."""
        if self.formed:
            return text[: self._length(text)]
        value = text.rstrip(" ,;:")
        if self.kind == "category":
            return value if values.normalise(self.variable, value, language=self.language).value else ""
        label = _SENTENCE.search(text) or tokens(re.sub(r"\(.*\)", "", value)) in self.labels
        return "" if label or len(value) > 80 or not re.search(r"[^\W\d_]{2}", value) else value

    def _length(self, text: str) -> int:
        ends = []
        if self.kind == "date":
            days = dates(text, self.language, day_first(self.variable))
            ends = [day.end for day in days if day.start == 0 and len("".join(day.readings[:1])) == 10]
        elif self.kind in ("money", "number"):
            first = next(numbers(text, self.language), None)
            if first and first.start == 0 and (self.kind == "number" or self._is_money(first, text)):
                ends = [first.end]
        elif match := re.match(rf"(?:{_PATTERNS[self.kind]})(?![\w@])", text):
            ends = [match.end()]
        return max(ends, default=0)

    def _is_money(self, number: Number, text: str) -> bool:
        return number.unit != "%" and bool(number.currency or re.search(r"[.,]\d\d$", text[: number.end]))
