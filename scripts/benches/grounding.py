"""`scripts/bench grounding`: is every true value found, and at the occurrence that is meant.

A scripted model answers what is true, quoting verbatim; the service's own pipeline judges it. Truth
boxes come from the generators (checked with pdfium), never from the parser.
"""

import asyncio
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal

from pydantic import JsonValue

from scripts.benches import report
from scripts.benches.corpus import Case, read_cases
from scripts.samples import generated
from service.extraction import pipeline
from service.extraction.answers import Answers
from service.extraction.models import Answer, Context, Extraction
from service.parsing import parse
from service.parsing.models import Box, Parsed, Word
from service.reading.models import Variable

# Least shares of the values.
LOCATED = 0.99
RIGHT = 0.95
VERIFIED = 0.995
REPEATED = 0.30  # are printed more than once, or the bench asks nothing hard
# Least overlap of the box that was found and the true one.
IOU = 0.5
PROVEN = {"exact", "split", "moved"}
HEAD = [
    "quoted as",
    "values",
    "again",
    "located",
    "right",
    "verified",
    "ambiguous",
    "unprinted",
]


@dataclass(frozen=True)
class Value:
    """One true value: `raw` as printed, `said` as a model says it, `meaning` normalised.

    `page` counts from 1; `repeated` where the document prints it more than once.
    """

    variable: Variable
    raw: str
    said: JsonValue
    meaning: JsonValue
    page: int
    box: Box
    context: str
    repeated: bool
    zone: int | None


@dataclass(frozen=True)
class Paper:
    """A parsed document and what is true of it.

    `unprinted` values stand where the parser saw no word.
    """

    source: str
    name: str
    context: Context
    parsed: Parsed
    values: tuple[Value, ...]
    unprinted: int


@dataclass(frozen=True)
class Scripted:
    """Stands for a model: gives the answers that it was handed."""

    answers: Mapping[str, Answer]
    origin: Literal["model"] = "model"

    @property
    def identity(self) -> Mapping[str, JsonValue]:
        """There is nothing that its answers depend on."""
        return {"model": "scripted"}

    async def ask(
        self, _context: Context, variables: Sequence[Variable], _parsed: Parsed
    ) -> Answers:
        """The answers as they are; who is not answered for is absent."""
        absent = Answer(reason="absent")
        return Answers(
            {variable.key: [self.answers.get(variable.key, absent)] for variable in variables}
        )


def generated_papers(number: int) -> Iterator[Paper]:
    """Generated documents, whose values are printed again and again."""
    for made in generated.make_documents(number):
        parsed = parse.parse_bytes(made.pdf, "application/pdf")
        values = []
        for key, label in made.labels.items():
            variable = Variable(id=key, key=key, label=label, type=made.types[key])
            values.append(_read_value(variable, made.fields[key], parsed))
        context = Context(language=made.language)
        yield Paper("generated", made.name, context, parsed, tuple(values), 0)


def corpus_papers(*, shared: bool) -> Iterator[Paper]:
    """The readable samples and, if `shared` and present, the corpus documents that have boxes."""
    sources = {"samples", "made"} if shared else {"samples"}
    for case in read_cases():
        if case.source in sources:
            yield _paper_of(case)


def _paper_of(case: Case) -> Paper:
    fields = json.loads(case.path.with_suffix(".json").read_text())["fields"]
    parsed = parse.parse_bytes(case.path, "application/pdf")
    # The corpus counts pages from 0.
    first_page = 0 if case.source == "made" else 1
    values = [
        _read_value(variable, fields[variable.key], parsed, first_page)
        for variable in case.variables
        if _has_box(fields[variable.key])
    ]
    printed = values
    if case.source != "samples":
        # Form fields and scans have no words. A sample has none: all of its values must be read.
        printed = [value for value in values if value.zone is not None]
    return Paper(
        source=case.source,
        name=case.path.stem,
        context=Context(language=case.language),
        parsed=parsed,
        values=tuple(printed),
        unprinted=len(values) - len(printed),
    )


def _has_box(field: dict[str, Any]) -> bool:
    return bool(field.get("raw") and (field.get("box") or field.get("bbox")))


def _read_value(
    variable: Variable, field: dict[str, Any], parsed: Parsed, first_page: int = 1
) -> Value:
    x0, y0, x1, y1 = field.get("box") or field["bbox"]
    box = (x0, y0, x1, y1)
    page = field["page"] + 1 - first_page
    raw = field["raw"]
    is_choice = variable.type in ("boolean", "category")
    occurrences = field.get("occurrences")
    if occurrences is None:
        occurrences = _count_occurrences(raw, parsed)
    return Value(
        variable=variable,
        raw=raw,
        said=field["value"] if is_choice else raw,
        meaning=field["value"],
        page=page,
        box=box,
        context=field.get("context", ""),
        repeated=occurrences > 1,
        zone=_zone_at(parsed, page, box),
    )


def _count_occurrences(raw: str, parsed: Parsed) -> int:
    pattern = re.compile(rf"(?<!\w){_with_any_blanks(raw)}(?!\w)")
    return sum(len(pattern.findall(page.text)) for page in parsed.pages)


def _with_any_blanks(text: str) -> str:
    """A pattern of the text, whatever white space is between its words."""
    return r"\s+".join(map(re.escape, text.split()))


def _zone_at(parsed: Parsed, page: int, box: Box) -> int | None:
    """The zone of most words whose middle lies in the box."""
    zones: Counter[int] = Counter()
    for word in _words_of_page(parsed, page):
        if word.zone > 0 and _has_middle_in(word, box):
            zones[word.zone] += 1
    if not zones:
        return None
    [(zone, _)] = zones.most_common(1)
    return zone


def _words_of_page(parsed: Parsed, number: int) -> Sequence[Word]:
    for page in parsed.pages:
        if page.number == number:
            return page.words
    return ()


def _has_middle_in(word: Word, box: Box) -> bool:
    left, top, right, bottom = word.box
    x = (left + right) / 2
    y = (top + bottom) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def quote_with_label(value: Value, parsed: Parsed) -> Answer:
    """Quotes as the prompt asks: the label and the value, where they are printed in one."""
    quote = value.raw
    if not isinstance(value.said, bool) and value.variable.type != "category":
        quote = printed_together(value.context, value.raw, parsed) or value.raw
    return Answer(value=value.said, quote=quote, zone=value.zone)


def quote_alone(value: Value, _: Parsed) -> Answer:
    """Quotes the value and nothing around it."""
    return Answer(value=value.said, quote=value.raw, zone=value.zone)


def quote_without_zone(value: Value, parsed: Parsed) -> Answer:
    """Quotes label and value and names no zone."""
    return quote_with_label(value, parsed).model_copy(update={"zone": None})


def printed_together(label: str, raw: str, parsed: Parsed) -> str | None:
    """Label and value as one zone prints them, with at most punctuation between; else None."""
    if not label:
        return None
    pattern = re.compile(rf"{_with_any_blanks(label)}[\s:|.]*{_with_any_blanks(raw)}(?!\w)")
    for zone in parsed.zones:
        match = pattern.search(zone.text)
        if match:
            return match[0]
    return None


async def judge_answers(paper: Paper, answers: Mapping[str, Answer]) -> dict[str, Extraction]:
    """What the pipeline makes of the answers, by key of the variable."""
    asked = [value.variable for value in paper.values if value.variable.key in answers]
    cells = await pipeline.extract(paper.context, asked, paper.parsed, Scripted(answers))
    return {variable.key: cell for variable, cell in zip(asked, cells, strict=True)}


def overlap(a: Box, b: Box) -> float:
    """Shared area of two boxes over the area of both."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (_area(a) + _area(b) - shared)


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


MODES: dict[str, Callable[[Value, Parsed], Answer]] = {
    "label and value": quote_with_label,
    "value alone": quote_alone,
    "no zone named": quote_without_zone,
}


async def measure(
    *, shared: bool, verbose: bool = False, made: int = 0
) -> dict[str, dict[str, Counter[str]]]:
    """Counts by source and way of quoting: values, repeated, located, right, verified, unprinted.

    `made`: how many documents are generated.
    """
    counts: dict[str, dict[str, Counter[str]]] = {}
    for paper in chain(corpus_papers(shared=shared), generated_papers(made)):
        for mode, quote in MODES.items():
            count = counts.setdefault(paper.source, {}).setdefault(mode, Counter())
            count["unprinted"] += paper.unprinted
            answers = {value.variable.key: quote(value, paper.parsed) for value in paper.values}
            cells = await judge_answers(paper, answers)
            for value in paper.values:
                cell = cells[value.variable.key]
                marks = _marks_of(value, cell)
                count.update(marks)
                if verbose and not {"right", "verified"} <= set(marks):
                    _print_fault(f"{paper.name} [{mode}]", value, cell, marks)
    return counts


def _marks_of(value: Value, cell: Extraction) -> list[str]:
    """The counts that a cell adds to."""
    marks = ["values"]
    is_located = cell.evidence in PROVEN
    if value.repeated:
        marks.append("repeated")
    if is_located:
        marks.append("located")
    if is_located and _is_in_place(value, cell):
        marks.append("right")
    if cell.verified:
        marks.append("verified")
    if any(flag.startswith("ambiguous") for flag in cell.flags):
        marks.append("ambiguous")
    return marks


def _is_in_place(value: Value, cell: Extraction) -> bool:
    if cell.box is None or cell.page != value.page:
        return False
    return overlap(cell.box, value.box) >= IOU


def _print_fault(where: str, value: Value, cell: Extraction, marks: list[str]) -> None:
    print(f"{where} {value.variable.key}: {value.raw!r} {value.box} {set(marks)}")
    print(f"    {cell.evidence} {cell.box} {cell.quote!r} {cell.value!r} {cell.flags}")


def main(argv: list[str]) -> int:
    """0 if samples and generated documents reach the thresholds, quoted with label and zone."""
    parser = report.make_parser("grounding", __doc__)
    parser.add_argument(
        "--verbose", action="store_true", help="print every value that is not right or not verified"
    )
    parser.add_argument(
        "--generated", type=int, default=200, help="documents made by chance, of 12 values each"
    )
    asked = parser.parse_args(argv)
    counts = asyncio.run(measure(shared=True, verbose=asked.verbose, made=asked.generated))
    rows = []
    for source, modes in counts.items():
        rows += [_row_of(f"{source}: {mode}", count) for mode, count in modes.items()]
    title = f"Grounding (again: printed more than once; right: IoU ≥ {IOU} at the meant place)"
    report.publish(title, HEAD, rows, counts, asked.json)
    judged = [counts[source]["label and value"] for source in ("samples", "generated")]
    return 0 if all(reaches_shares(count) for count in judged) else 1


def _row_of(name: str, count: Counter[str]) -> list[object]:
    marks = ("repeated", "located", "right", "verified")
    shares = [report.share(count[mark], count["values"]) for mark in marks]
    return [name, count["values"], *shares, count["ambiguous"], count["unprinted"]]


def reaches_shares(count: Counter[str]) -> bool:
    """True if the figures reach the least shares."""
    values = count["values"]
    least = {"repeated": REPEATED, "located": LOCATED, "right": RIGHT, "verified": VERIFIED}
    return values > 0 and all(count[mark] >= share * values for mark, share in least.items())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
