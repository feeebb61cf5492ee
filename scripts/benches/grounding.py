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

from scripts.benches import offline, report
from scripts.samples import generated
from service.extraction import pipeline
from service.extraction.answers import Answers
from service.extraction.models import Answer, Context, Extraction
from service.parsing import parse
from service.parsing.models import Box, Parsed
from service.reading.models import Variable

# Least shares: located, at the right occurrence, verified; and of values that are printed more than once.
LOCATED, RIGHT, VERIFIED, IOU, REPEATED = 0.99, 0.95, 0.995, 0.5, 0.30
_PROOF = {"exact", "split", "moved"}


@dataclass(frozen=True)
class Value:
    """One true value: `raw` as printed, `said` as a model says it, `meaning` normalised; `page` counts from 1."""

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
    """A parsed document and what is true of it. `unprinted` values stand where the parser saw no word."""

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
        return Answers(
            {v.key: [self.answers.get(v.key, Answer(reason="absent"))] for v in variables}
        )


def made_papers(number: int) -> Iterator[Paper]:
    """Generated documents, whose values are printed again and again."""
    for made in generated.documents(number):
        parsed = parse.parse_bytes(made.pdf, "application/pdf")
        variables = [
            Variable(id=key, key=key, label=label, type=made.types[key])
            for key, label in made.labels.items()
        ]
        found = tuple(
            _value(variable, made.fields[variable.key], parsed, zero_based=False)
            for variable in variables
        )
        yield Paper("generated", made.name, Context(language=made.language), parsed, found, 0)


def papers(*, shared: bool) -> Iterator[Paper]:
    """The readable samples and, if `shared` and present, the corpus documents that have boxes."""
    for case in offline.cases():
        if case.source == "samples" or (shared and case.source == "made"):
            truth = json.loads(case.path.with_suffix(".json").read_text())
            parsed = parse.parse_bytes(case.path, "application/pdf")
            found = [
                _value(
                    variable,
                    truth["fields"][variable.key],
                    parsed,
                    zero_based=case.source == "made",
                )
                for variable in case.variables
                if _has_box(truth["fields"][variable.key])
            ]
            # A sample has no form fields and no scans here: each of its values must be readable.
            printed = tuple(v for v in found if v.zone is not None or case.source == "samples")
            language = Context(language=case.language)
            yield Paper(
                case.source, case.path.stem, language, parsed, printed, len(found) - len(printed)
            )


def with_label(value: Value, parsed: Parsed) -> Answer:
    """Quotes as the prompt asks: the label and the value, where they are printed in one."""
    quote = value.raw
    if not isinstance(value.said, bool) and value.variable.type != "category":
        quote = printed_together(value.context, value.raw, parsed) or value.raw
    return Answer(value=value.said, quote=quote, zone=value.zone)


def alone(value: Value, _: Parsed) -> Answer:
    """Quotes the value and nothing around it."""
    return Answer(value=value.said, quote=value.raw, zone=value.zone)


def unplaced(value: Value, parsed: Parsed) -> Answer:
    """Quotes label and value and names no zone."""
    return with_label(value, parsed).model_copy(update={"zone": None})


def printed_together(label: str, raw: str, parsed: Parsed) -> str | None:
    """Label and value as one zone prints them, with at most punctuation between; None where none does."""
    words = [r"\s+".join(map(re.escape, part.split())) for part in (label, raw)]
    pattern = re.compile(r"[\s:|.]*".join(words) + r"(?!\w)") if label else None
    found = (pattern.search(zone.text) for zone in parsed.zones) if pattern else iter(())
    return next((match[0] for match in found if match), None)


async def judge(paper: Paper, answers: Mapping[str, Answer]) -> dict[str, Extraction]:
    """What the pipeline makes of the answers, by key of the variable."""
    asked = [value.variable for value in paper.values if value.variable.key in answers]
    cells = await pipeline.extract(paper.context, asked, paper.parsed, Scripted(answers))
    return {variable.key: cell for variable, cell in zip(asked, cells, strict=True)}


def iou(a: Box, b: Box) -> float:
    """Shared area of two boxes over the area of both."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))
    return width * height / (both - width * height)


MODES: dict[str, Callable[[Value, Parsed], Answer]] = {
    "label and value": with_label,
    "value alone": alone,
    "no zone named": unplaced,
}


async def measure(
    *, shared: bool, verbose: bool = False, made: int = 0
) -> dict[str, dict[str, Counter[str]]]:
    """Counts by source and way of quoting: values, repeated, located, right, verified, unprinted."""
    counts: dict[str, dict[str, Counter[str]]] = {}
    for paper in chain(papers(shared=shared), made_papers(made)):
        for mode, quoted in MODES.items():
            count = counts.setdefault(paper.source, {}).setdefault(mode, Counter())
            count["unprinted"] += paper.unprinted
            answers = {value.variable.key: quoted(value, paper.parsed) for value in paper.values}
            cells = await judge(paper, answers)
            for value in paper.values:
                told = _marks(value, cells[value.variable.key])
                count.update(told)
                if verbose and not {"right", "verified"} <= set(told):
                    cell = cells[value.variable.key]
                    print(
                        f"{paper.name} [{mode}] {value.variable.key}: {value.raw!r} {value.box} {set(told)}"
                    )
                    print(
                        f"    {cell.evidence} {cell.box} {cell.quote!r} {cell.value!r} {cell.flags}"
                    )
    return counts


def _marks(value: Value, cell: Extraction) -> list[str]:
    place = cell.box is not None and iou(cell.box, value.box) >= IOU and cell.page == value.page
    said = {
        "values": True,
        "repeated": value.repeated,
        "located": cell.evidence in _PROOF,
        "right": cell.evidence in _PROOF and place,
        "verified": cell.verified,
        "ambiguous": any(flag.startswith("ambiguous") for flag in cell.flags),
    }
    return [name for name, holds in said.items() if holds]


def _has_box(field: dict[str, Any]) -> bool:
    return bool(field.get("raw") and (field.get("box") or field.get("bbox")))


def _value(variable: Variable, field: dict[str, Any], parsed: Parsed, *, zero_based: bool) -> Value:
    x0, y0, x1, y1 = field.get("box") or field["bbox"]
    page, box, raw = field["page"] + zero_based, (x0, y0, x1, y1), field["raw"]
    said = field["value"] if variable.type in ("boolean", "category") else raw
    again = (
        field.get("occurrences", 0) > 1 if "occurrences" in field else _occurrences(raw, parsed) > 1
    )
    context, zone = field.get("context", ""), _zone(parsed, page, box)
    return Value(variable, raw, said, field["value"], page, box, context, again, zone)


def _occurrences(raw: str, parsed: Parsed) -> int:
    body = r"\s+".join(map(re.escape, raw.split()))
    return sum(len(re.findall(rf"(?<!\w){body}(?!\w)", page.text)) for page in parsed.pages)


def _zone(parsed: Parsed, page: int, box: Box) -> int | None:
    """The zone of most words whose middle lies in the box."""
    zones: Counter[int] = Counter()
    for word in next((p.words for p in parsed.pages if p.number == page), ()):
        x, y = (word.box[0] + word.box[2]) / 2, (word.box[1] + word.box[3]) / 2
        if box[0] <= x <= box[2] and box[1] <= y <= box[3] and word.zone > 0:
            zones[word.zone] += 1
    return zones.most_common(1)[0][0] if zones else None


def main(argv: list[str]) -> int:
    """0 where samples and generated documents reach the thresholds when quoted with label and zone."""
    parser = report.make_parser("grounding", __doc__)
    parser.add_argument(
        "--verbose", action="store_true", help="print every value that is not right or not verified"
    )
    parser.add_argument(
        "--generated", type=int, default=200, help="documents made by chance, of 12 values each"
    )
    asked = parser.parse_args(argv)
    counts = asyncio.run(measure(shared=True, verbose=asked.verbose, made=asked.generated))
    marks = ("repeated", "located", "right", "verified")
    rows = [
        [
            f"{source}: {mode}",
            c["values"],
            *(report.share(c[m], c["values"]) for m in marks),
            c["ambiguous"],
            c["unprinted"],
        ]
        for source, modes in counts.items()
        for mode, c in modes.items()
    ]
    head = [
        "quoted as",
        "values",
        "again",
        "located",
        "right",
        "verified",
        "ambiguous",
        "unprinted",
    ]
    title = f"Grounding (again: printed more than once; right: IoU ≥ {IOU} at the meant place)"
    report.publish(title, head, rows, counts, asked.json)
    return (
        0
        if all(holds(counts[source]["label and value"]) for source in ("samples", "generated"))
        else 1
    )


def holds(count: Counter[str]) -> bool:
    """True where the figures reach the least shares."""
    values = count["values"]
    least = {"repeated": REPEATED, "located": LOCATED, "right": RIGHT, "verified": VERIFIED}
    return values > 0 and all(count[name] >= share * values for name, share in least.items())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
