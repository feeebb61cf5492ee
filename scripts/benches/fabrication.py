"""`scripts/bench fabrication`: of values that a model makes up or alters, none may be shown as verified.

Every lie starts from a true value of a real page. What by chance is printed in the document with
just this quote is no lie and is not counted.
"""

import asyncio
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from pydantic import JsonValue

from scripts.benches import grounding, report
from scripts.benches.grounding import Paper, Value
from service.extraction.models import Answer, Context

COUNT = 1000
_CURRENCIES = {"€": "$", "£": "€", "$": "£", "EUR": "USD", "CHF": "EUR"}
_UNITS = ("weeks", "months", "%", "kg")


@dataclass(frozen=True)
class Lie:
    """An answer that is not true of the document."""

    value: JsonValue
    quote: str


@dataclass
class Outcome:
    """Lies and those of them shown as verified, by kind; true values beside them, and how many were proved."""

    told: Counter[str] = field(default_factory=Counter)
    shown: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    truths: int = 0
    proved: int = 0

    def as_json(self) -> dict[str, JsonValue]:
        """Figures of the bench."""
        kinds: JsonValue = {k: {"told": n, "verified": self.shown[k]} for k, n in self.told.items()}
        total: dict[str, JsonValue] = {"told": self.told.total(), "verified": self.shown.total()}
        return {**total, "kinds": kinds, "truths": self.truths, "truths_verified": self.proved}


@dataclass(frozen=True)
class Liar:
    """Makes lies about the values of one paper. Answers None where a kind does not fit the value."""

    paper: Paper
    chance: random.Random

    def digit(self, value: Value) -> Lie | None:
        """One digit of the value is another."""
        return self._said(value, self._other_digit(value.raw))

    def digit_in_quote(self, value: Value) -> Lie | None:
        """The quote carries the wrong digit too."""
        raw = self._other_digit(value.raw)
        return (
            Lie(raw, f"{value.context} {raw}".strip()) if raw and not self._printed(raw) else None
        )

    def sign(self, value: Value) -> Lie | None:
        """A sign too many, or one that is left out."""
        if value.variable.type not in ("money", "number"):
            return None
        return self._said(value, value.raw[1:] if value.raw.startswith("-") else f"-{value.raw}")

    def date(self, value: Value) -> Lie | None:
        """Some days, months or years aside, in ISO form."""
        if value.variable.type != "date":
            return None
        true = self._true(value)
        moved = true and date.fromisoformat(true) + timedelta(
            self.chance.choice((-365, -30, -1, 1, 31, 366))
        )
        return self._said(value, moved.isoformat() if moved else None)

    def unit(self, value: Value) -> Lie | None:
        """Another currency, another unit."""
        if value.variable.type == "number":
            return self._said(value, f"{value.raw} {self.chance.choice(_UNITS)}")
        for mark, other in _CURRENCIES.items() if value.variable.type == "money" else ():
            if mark in value.raw:
                return self._said(value, value.raw.replace(mark, other))
        return None

    def magnitude(self, value: Value) -> Lie | None:
        """A digit more, a decimal point lost."""
        if value.variable.type not in ("money", "number"):
            return None
        longer = re.sub(r"[1-9]", lambda found: found[0] * 2, value.raw, count=1)
        return self._said(
            value, self.chance.choice((longer, re.sub(r"[.,](?=\d\d(\D|$))", "", value.raw)))
        )

    def neighbour(self, value: Value) -> Lie | None:
        """The value of another row, with the true quote of this one."""
        other = self._other(value)
        quote = self._quote(value)
        return Lie(other.raw, quote) if other and not _within(other.raw, quote) else None

    def stitched(self, value: Value) -> Lie | None:
        """The label of this row and the value of another, as if printed together."""
        other = self._other(value)
        if not other or not value.context or other.context == value.context:
            return None
        quote = f"{value.context} {other.raw}"
        return Lie(other.raw, quote) if not self._printed(quote) else None

    def unsaid(self, value: Value) -> Lie | None:
        """The true value with a quote that is printed but says something else."""
        other = self.chance.choice(self.paper.values)
        quote = self._quote(other)
        named = value.variable.type in ("category", "boolean") or _within(value.raw, quote)
        return None if named or self._same_meaning(value, other) else Lie(value.said, quote)

    def invented(self, value: Value) -> Lie | None:
        """The true value in a sentence that nobody wrote."""
        return Lie(
            value.said, f"It is hereby stated that the {value.variable.label} equals {value.raw}"
        )

    def part(self, value: Value) -> Lie | None:
        """A text cut off within a word."""
        cut = value.raw[: -self.chance.randrange(1, 3)] if len(value.raw) > 4 else ""
        whole = (
            value.variable.type != "text"
            or not cut
            or not cut[-1].isalnum()
            or not value.raw[len(cut)].isalnum()
        )
        return None if whole or self._printed(cut) else Lie(cut, self._quote(value))

    def choice(self, value: Value) -> Lie | None:
        """Yes for no, another category."""
        if isinstance(value.said, bool):
            return Lie(not value.said, self._quote(value))
        others = [name for name in value.variable.categories if name != value.said]
        return Lie(self.chance.choice(others), self._quote(value)) if others else None

    def _said(self, value: Value, lie: str | None) -> Lie | None:
        return Lie(lie, self._quote(value)) if lie and lie != value.raw else None

    def _quote(self, value: Value) -> str:
        return grounding.with_label(value, self.paper.parsed).quote or value.raw

    def _other_digit(self, raw: str) -> str | None:
        places = [found.start() for found in re.finditer(r"\d", raw)]
        if not places:
            return None
        at = self.chance.choice(places)
        return f"{raw[:at]}{(int(raw[at]) + self.chance.randrange(1, 10)) % 10}{raw[at + 1 :]}"

    def _other(self, value: Value) -> Value | None:
        kind = value.variable.type
        others = [
            v
            for v in self.paper.values
            if v.variable.type == kind and not self._same_meaning(v, value)
        ]
        return self.chance.choice(others) if others else None

    def _same_meaning(self, a: Value, b: Value) -> bool:
        return a.raw == b.raw or (self._true(a) is not None and self._true(a) == self._true(b))

    def _true(self, value: Value) -> str | None:
        return value.meaning if isinstance(value.meaning, str) else None

    def _printed(self, text: str) -> bool:
        return any(_within(text, zone.text) for zone in self.paper.parsed.zones)


KINDS: dict[str, Callable[[Liar, Value], Lie | None]] = {
    "digit": Liar.digit,
    "digit, quote too": Liar.digit_in_quote,
    "sign": Liar.sign,
    "date": Liar.date,
    "unit or currency": Liar.unit,
    "magnitude": Liar.magnitude,
    "neighbouring row": Liar.neighbour,
    "stitched quote": Liar.stitched,
    "quote says another": Liar.unsaid,
    "invented quote": Liar.invented,
    "part of a word": Liar.part,
    "choice": Liar.choice,
}


def _within(part: str, whole: str) -> bool:
    body = r"\s+".join(map(re.escape, part.split()))
    return re.search(rf"(?<!\w){body}(?!\w)", whole) is not None


async def measure(count: int, *, shared: bool, seed: int = 20250101) -> Outcome:
    """Tell at least `count` lies, spread over papers, values and kinds."""
    chance, outcome = random.Random(seed), Outcome()
    read = list(grounding.papers(shared=shared))
    for paper in read:
        answers = {
            value.variable.key: grounding.with_label(value, paper.parsed) for value in paper.values
        }
        cells = await grounding.judge(paper, answers)
        outcome.truths += len(cells)
        outcome.proved += sum(cell.verified for cell in cells.values())
    while outcome.told.total() < count:
        for paper in read:
            # A project has one language: half of the time it is not that of the document.
            foreign = replace(paper, context=Context(language="en"))
            liar = Liar(chance.choice((paper, foreign)), chance)
            await _tell(liar.paper, dict(_lies(liar, outcome.told)), outcome)
    return outcome


def _lies(liar: Liar, told: Counter[str]) -> Iterator[tuple[str, tuple[str, Value, Lie]]]:
    """One lie a value, of the kind least told that fits it."""
    for value in liar.paper.values:
        kinds = sorted(liar.chance.sample(list(KINDS), len(KINDS)), key=lambda kind: told[kind])
        made = ((kind, KINDS[kind](liar, value)) for kind in kinds)
        found = next(((kind, lie) for kind, lie in made if lie), None)
        if found:
            yield value.variable.key, (found[0], value, found[1])


async def _tell(paper: Paper, lies: dict[str, tuple[str, Value, Lie]], outcome: Outcome) -> None:
    answers = {
        key: Answer(value=lie.value, quote=lie.quote, zone=value.zone)
        for key, (_, value, lie) in lies.items()
    }
    cells = await grounding.judge(paper, answers)
    for key, (kind, value, lie) in lies.items():
        outcome.told[kind] += 1
        if cells[key].verified:
            outcome.shown[kind] += 1
            told = f"{paper.name} {key}: {lie.value!r} from {lie.quote!r}, true is {value.raw!r}"
            outcome.examples.append(
                f"[{kind}] {told}; shown {cells[key].value!r} from {cells[key].quote!r}"
            )


def main(argv: list[str]) -> int:
    """0 where no lie is shown as verified."""
    parser = report.make_parser("fabrication", __doc__)
    parser.add_argument("--count", type=int, default=COUNT, help=f"how many lies, default {COUNT}")
    asked = parser.parse_args(argv)
    outcome = asyncio.run(measure(asked.count, shared=True))
    rows: list[list[object]] = [
        [kind, told, outcome.shown[kind]] for kind, told in sorted(outcome.told.items())
    ]
    rows.append(["all lies", outcome.told.total(), outcome.shown.total()])
    rows.append(["true values, for comparison", outcome.truths, outcome.proved])
    report.publish(
        "Fabricated or altered values",
        ["kind", "told", "verified"],
        rows,
        outcome.as_json(),
        asked.json,
    )
    print("\n".join(outcome.examples[:20]))
    return 1 if outcome.shown else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
