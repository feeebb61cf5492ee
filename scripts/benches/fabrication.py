"""`scripts/bench fabrication`: no value that a model makes up or alters may be shown as verified.

Every lie starts from a true value of a real page. What by chance is printed in the document with
just this quote is no lie and is not counted.
"""

import asyncio
import random
import re
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from pydantic import JsonValue

from scripts.benches import grounding, report
from scripts.benches.grounding import Paper, Value
from service.extraction.models import Answer, Context

DEFAULT_COUNT = 1000
SHOWN_EXAMPLES = 20
_OTHER_CURRENCY = {"€": "$", "£": "€", "$": "£", "EUR": "USD", "CHF": "EUR"}
_UNITS = ("weeks", "months", "%", "kg")
_DAYS_ASIDE = (-365, -30, -1, 1, 31, 366)
_NUMERIC = ("money", "number")
_CHOICES = ("category", "boolean")
_DECIMAL_POINT = re.compile(
    r"""
    [.,]
    (?= \d\d (?: \D | $ ) )  # before two decimals
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class Lie:
    """An answer that is not true of the document."""

    value: JsonValue
    quote: str


@dataclass(frozen=True)
class Told:
    """A lie about a value, and of which kind it is."""

    kind: str
    value: Value
    lie: Lie


@dataclass
class Outcome:
    """Lies and those of them shown as verified, by kind; true values, and how many were proved."""

    told: Counter[str] = field(default_factory=Counter)
    shown: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    truths: int = 0
    proved: int = 0

    def as_json(self) -> dict[str, JsonValue]:
        """Figures of the bench."""
        kinds: dict[str, JsonValue] = {
            kind: {"told": told, "verified": self.shown[kind]} for kind, told in self.told.items()
        }
        return {
            "told": self.told.total(),
            "verified": self.shown.total(),
            "kinds": kinds,
            "truths": self.truths,
            "truths_verified": self.proved,
        }


@dataclass(frozen=True)
class Liar:
    """Makes lies about the values of one paper; None where a kind does not fit the value."""

    paper: Paper
    dice: random.Random

    def change_digit(self, value: Value) -> Lie | None:
        """One digit of the value is another."""
        return self._altered(value, self._with_other_digit(value.raw))

    def change_digit_in_quote(self, value: Value) -> Lie | None:
        """The quote carries the wrong digit too."""
        raw = self._with_other_digit(value.raw)
        if not raw or self._is_printed(raw):
            return None
        return Lie(raw, f"{value.context} {raw}".strip())

    def change_sign(self, value: Value) -> Lie | None:
        """A sign too many, or one that is left out."""
        if value.variable.type not in _NUMERIC:
            return None
        if value.raw.startswith("-"):
            return self._altered(value, value.raw[1:])
        return self._altered(value, f"-{value.raw}")

    def change_date(self, value: Value) -> Lie | None:
        """Some days, months or years aside, in ISO form."""
        true_date = self._meaning_text(value)
        if value.variable.type != "date" or not true_date:
            return None
        other = date.fromisoformat(true_date) + timedelta(self.dice.choice(_DAYS_ASIDE))
        return self._altered(value, other.isoformat())

    def change_unit(self, value: Value) -> Lie | None:
        """Another currency, another unit."""
        if value.variable.type == "number":
            return self._altered(value, f"{value.raw} {self.dice.choice(_UNITS)}")
        if value.variable.type == "money":
            for currency, other in _OTHER_CURRENCY.items():
                if currency in value.raw:
                    return self._altered(value, value.raw.replace(currency, other))
        return None

    def change_magnitude(self, value: Value) -> Lie | None:
        """A digit more, a decimal point lost."""
        if value.variable.type not in _NUMERIC:
            return None
        longer = re.sub(r"[1-9]", lambda digit: digit[0] * 2, value.raw, count=1)
        without_point = _DECIMAL_POINT.sub("", value.raw)
        return self._altered(value, self.dice.choice((longer, without_point)))

    def take_neighbour(self, value: Value) -> Lie | None:
        """The value of another row, with the true quote of this one."""
        other = self._other_value(value)
        quote = self._true_quote(value)
        if other is None or _is_within(other.raw, quote):
            return None
        return Lie(other.raw, quote)

    def stitch_quote(self, value: Value) -> Lie | None:
        """The label of this row and the value of another, as if printed together."""
        other = self._other_value(value)
        if other is None or not value.context or other.context == value.context:
            return None
        quote = f"{value.context} {other.raw}"
        if self._is_printed(quote):
            return None
        return Lie(other.raw, quote)

    def take_other_quote(self, value: Value) -> Lie | None:
        """The true value with a quote that is printed but says something else."""
        other = self.dice.choice(self.paper.values)
        quote = self._true_quote(other)
        says_it = value.variable.type in _CHOICES or _is_within(value.raw, quote)
        if says_it or self._means_the_same(value, other):
            return None
        return Lie(value.said, quote)

    def invent_quote(self, value: Value) -> Lie | None:
        """The true value in a sentence that nobody wrote."""
        sentence = f"It is hereby stated that the {value.variable.label} equals {value.raw}"
        return Lie(value.said, sentence)

    def cut_word(self, value: Value) -> Lie | None:
        """A text cut off within a word."""
        if value.variable.type != "text" or len(value.raw) <= 4:
            return None
        cut = value.raw[: -self.dice.randrange(1, 3)]
        is_in_a_word = cut[-1].isalnum() and value.raw[len(cut)].isalnum()
        if not is_in_a_word or self._is_printed(cut):
            return None
        return Lie(cut, self._true_quote(value))

    def change_choice(self, value: Value) -> Lie | None:
        """Yes for no, another category."""
        if isinstance(value.said, bool):
            return Lie(not value.said, self._true_quote(value))
        others = [name for name in value.variable.categories if name != value.said]
        if not others:
            return None
        return Lie(self.dice.choice(others), self._true_quote(value))

    def _altered(self, value: Value, lie: str | None) -> Lie | None:
        """The lie with the true quote; None if it is the truth after all."""
        if not lie or lie == value.raw:
            return None
        return Lie(lie, self._true_quote(value))

    def _true_quote(self, value: Value) -> str:
        return grounding.quote_with_label(value, self.paper.parsed).quote or value.raw

    def _with_other_digit(self, raw: str) -> str | None:
        places = [digit.start() for digit in re.finditer(r"\d", raw)]
        if not places:
            return None
        place = self.dice.choice(places)
        digit = (int(raw[place]) + self.dice.randrange(1, 10)) % 10
        return f"{raw[:place]}{digit}{raw[place + 1 :]}"

    def _other_value(self, value: Value) -> Value | None:
        """A value of the same type that means something else."""
        others = [
            other
            for other in self.paper.values
            if other.variable.type == value.variable.type and not self._means_the_same(other, value)
        ]
        if not others:
            return None
        return self.dice.choice(others)

    def _means_the_same(self, one: Value, other: Value) -> bool:
        meaning = self._meaning_text(one)
        return one.raw == other.raw or (
            meaning is not None and meaning == self._meaning_text(other)
        )

    def _meaning_text(self, value: Value) -> str | None:
        if isinstance(value.meaning, str):
            return value.meaning
        return None

    def _is_printed(self, text: str) -> bool:
        return any(_is_within(text, zone.text) for zone in self.paper.parsed.zones)


KINDS: dict[str, Callable[[Liar, Value], Lie | None]] = {
    "digit": Liar.change_digit,
    "digit, quote too": Liar.change_digit_in_quote,
    "sign": Liar.change_sign,
    "date": Liar.change_date,
    "unit or currency": Liar.change_unit,
    "magnitude": Liar.change_magnitude,
    "neighbouring row": Liar.take_neighbour,
    "stitched quote": Liar.stitch_quote,
    "quote says another": Liar.take_other_quote,
    "invented quote": Liar.invent_quote,
    "part of a word": Liar.cut_word,
    "choice": Liar.change_choice,
}


def _is_within(part: str, whole: str) -> bool:
    body = r"\s+".join(map(re.escape, part.split()))
    return re.search(rf"(?<!\w){body}(?!\w)", whole) is not None


async def measure(count: int, *, shared: bool, seed: int = 20250101) -> Outcome:
    """Tell at least `count` lies, spread over papers, values and kinds."""
    dice = random.Random(seed)
    outcome = Outcome()
    papers = list(grounding.corpus_papers(shared=shared))
    for paper in papers:
        await _tell_truths(paper, outcome)
    while outcome.told.total() < count:
        for paper in papers:
            # A project has one language: half of the time it is not that of the document.
            foreign = replace(paper, context=Context(language="en"))
            liar = Liar(dice.choice((paper, foreign)), dice)
            await _tell_lies(liar.paper, _make_lies(liar, outcome.told), outcome)
    return outcome


async def _tell_truths(paper: Paper, outcome: Outcome) -> None:
    answers = {
        value.variable.key: grounding.quote_with_label(value, paper.parsed)
        for value in paper.values
    }
    cells = await grounding.judge_answers(paper, answers)
    outcome.truths += len(cells)
    outcome.proved += sum(cell.verified for cell in cells.values())


def _make_lies(liar: Liar, told: Counter[str]) -> list[Told]:
    """At most one lie a value, of the kind least told that fits it."""
    lies = []
    for value in liar.paper.values:
        lie = _make_lie(liar, value, told)
        if lie:
            lies.append(lie)
    return lies


def _make_lie(liar: Liar, value: Value, told: Counter[str]) -> Told | None:
    shuffled = liar.dice.sample(list(KINDS), len(KINDS))
    for kind in sorted(shuffled, key=lambda kind: told[kind]):
        lie = KINDS[kind](liar, value)
        if lie:
            return Told(kind, value, lie)
    return None


async def _tell_lies(paper: Paper, lies: list[Told], outcome: Outcome) -> None:
    answers = {
        told.value.variable.key: Answer(
            value=told.lie.value, quote=told.lie.quote, zone=told.value.zone
        )
        for told in lies
    }
    cells = await grounding.judge_answers(paper, answers)
    for told in lies:
        key = told.value.variable.key
        outcome.told[told.kind] += 1
        cell = cells[key]
        if cell.verified:
            outcome.shown[told.kind] += 1
            lie = f"{told.lie.value!r} from {told.lie.quote!r}, true is {told.value.raw!r}"
            shown = f"shown {cell.value!r} from {cell.quote!r}"
            outcome.examples.append(f"[{told.kind}] {paper.name} {key}: {lie}; {shown}")


def main(argv: list[str]) -> int:
    """0 if no lie is shown as verified."""
    parser = report.make_parser("fabrication", __doc__)
    count = f"how many lies, default {DEFAULT_COUNT}"
    parser.add_argument("--count", type=int, default=DEFAULT_COUNT, help=count)
    asked = parser.parse_args(argv)
    outcome = asyncio.run(measure(asked.count, shared=True))
    rows: list[list[object]] = [
        [kind, told, outcome.shown[kind]] for kind, told in sorted(outcome.told.items())
    ]
    rows.append(["all lies", outcome.told.total(), outcome.shown.total()])
    rows.append(["true values, for comparison", outcome.truths, outcome.proved])
    head = ["kind", "told", "verified"]
    title = "Fabricated or altered values"
    report.publish(title, head, rows, outcome.as_json(), asked.json)
    for example in outcome.examples[:SHOWN_EXAMPLES]:
        print(example)
    return 1 if outcome.shown else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
