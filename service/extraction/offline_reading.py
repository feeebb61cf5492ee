"""Where in a text the value of a variable is printed. Strict: what might be something else is not read."""

import re

from service.extraction.models import Variable
from service.extraction.offline_words import Phrase, tokens
from service.extraction.reading.choices import read_category
from service.extraction.reading.languages import CURRENCY, Printed
from service.extraction.values import printed

_IBAN = r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?(?=\w*\d)[A-Z0-9]{1,3})?"
_NO_ID = rf"\d+[.,]\d\d(?!\w)|\d{{1,2}}[./]\d{{1,2}}[./]\d|\d{{4}}-\d\d-|\S*@|www\.|{_IBAN}"
_ID = rf"(?!{_NO_ID})(?=\S{{3}}|\S+ \d)(?:[A-Z]{{2,3}} )?(?=\S*\d)\w(?:[\w./-]*\w)?(?: \d{{1,6}}(?!\S))*"
# Texts that have a form: what they are called, and the form.
_FORMS = {
    "iban": ("iban", _IBAN),
    "bic": ("bic swift", r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?"),
    "email": ("email mail courriel correo", r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    "phone": ("phone telephone telefon tel", r"\+?\(?\d[\d ()/-]{5,}\d"),
    "currency": ("currency wahrung devise moneda", rf"(?=[A-Z]{{3}}\b){CURRENCY}"),
    "id": ("number no nr id reference ref code numero nummer", _ID),
}
# Before a value: marks, remarks in brackets, rates, words that say nothing; before a date also the code it belongs to.
_SKIPPED = re.compile(
    r"(?:[:#=.]*(?:\s|$)|[:#=]|\([^)]*\):?|\(?\d+(?:[.,]\d+)?\s?%\)?:?|"
    r"(?i:is|are|lautet|ist|est|es|von|vom|dated|of|de|du|le|la|the|nr|no|n|nummer|at|zu|a)[°.]?\s)*"
)
_CODE_OF = re.compile(r"\S*\d\S*\s(?=(?i:vom|von|du|of|dated|del|de)\s)")
_SENTENCE = re.compile(r"\w{4,}[.?!] \w|[^:]{1,40}:(\s|$)")


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
        text = _SKIPPED.sub("", text, count=1)
        code = _CODE_OF.match(text) if self.kind == "date" else None
        return _SKIPPED.sub("", text[code.end() :], count=1) if code else text

    def value(self, text: str) -> str:
        """The value that a text begins with; empty where it is none."""
        if self.kind in _FORMS:
            match = re.match(rf"(?:{_FORMS[self.kind][1]})(?![\w@])", text)
            return match[0] if match else ""
        if self.formed:
            found = (p for p in printed(self.variable, text, self.language) if p.start == 0)
            return next((text[: p.end] for p in found if self._sure(p, text)), "")
        value = text.rstrip(" ,;:")
        if self.kind == "category":
            return value if read_category(self.variable, value).value else ""
        label = _SENTENCE.search(text) or tokens(re.sub(r"\(.*\)", "", value)) in self.labels
        return "" if label or len(value) > 80 or not re.search(r"[^\W\d_]{2}", value) else value

    def _sure(self, found: Printed, text: str) -> bool:
        if self.kind == "date":
            return any(len(str(day)) == len("2024-03-04") for day in found.readings)
        money = found.currency or re.search(r"[.,]\d\d$", text[: found.end])
        return self.kind == "number" or bool(money)
