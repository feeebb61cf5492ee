"""`scripts/bench offline`: what the offline extractor gets right and wrong and leaves open, by field."""

import argparse
import asyncio
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from scripts.samples import SAMPLES
from service.extraction import pipeline
from service.extraction.models import Context, Extraction
from service.generated.contract import VariablesType as VariableType
from service.offline.extractor import OfflineModel
from service.parsing.models import Parsed, Unreadable
from service.parsing.parse import parse_bytes
from service.reading import values
from service.reading.characters import fold_name
from service.reading.models import Variable

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT.parent / "shared" / "corpus" / "fields"
_MONEY = re.compile(r"(total|subtotal|tax|amount|due_payable|net_energy)(_|$)|_amount|_total")
Outcome = str  # right, wrong or silent


@dataclass(frozen=True)
class Case:
    """A document and what is true of it."""

    source: str
    path: Path
    language: str
    truth: dict[str, Any]
    variables: tuple[Variable, ...]


def cases() -> Iterator[Case]:
    """Own samples, then the shared corpus where it is present."""
    given = json.loads((SAMPLES / "variables.json").read_text())["variables"]
    asked = tuple(Variable(id=v["key"], **v) for v in given)
    for path, truth in _truths(SAMPLES):
        if truth.get("state") != "failed" and not truth.get("image_only"):
            held = {key: field["value"] for key, field in truth["fields"].items()}
            yield Case("samples", path, truth["language"], held, asked)
    for path, truth in _truths(CORPUS / "made"):
        held = {key: _plain(field) for key, field in truth["fields"].items()}
        if held:
            yield Case("made", path, truth["language"], held, _guessed(held))
    for path, truth in _truths(CORPUS / "einvoice"):
        held = {key: value for key, value in truth.items() if not isinstance(value, list)}
        language = "fr" if "_FR_" in path.name else "de"
        yield Case("einvoice", path, language, held, _guessed(held))


def _truths(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in sorted(folder.rglob("*.json")) if folder.is_dir() else []:
        if path.with_suffix(".pdf").exists():
            yield path.with_suffix(".pdf"), json.loads(path.read_text())


def _plain(field: dict[str, Any]) -> Any:
    return field["raw"] if isinstance(field["value"], list) else field["value"]


def _guessed(truth: dict[str, Any]) -> tuple[Variable, ...]:
    return tuple(
        Variable(id=key, key=key, label=key.replace("_", " "), type=_type(key, value))
        for key, value in truth.items()
    )


def _type(key: str, value: Any) -> VariableType:
    if isinstance(value, bool):
        return "boolean"
    if _MONEY.search(key):
        return "money"
    if key.endswith("_date") or key == "next_visit":
        return "date"
    number = re.fullmatch(r"reading_.*|consumption_.*|price_.*", key)
    return "number" if number else "text"


def judged(case: Case, variable: Variable, cell: Extraction) -> Outcome:
    """Compared as values: amounts, dates, and texts without blanks or case."""
    truth = case.truth.get(variable.key)
    if cell.value is None:
        return "silent"
    if truth is None:
        return "wrong"
    return "right" if _key(variable, cell.value) == _key(variable, truth) else "wrong"


def _key(variable: Variable, value: Any) -> Any:
    if isinstance(value, dict):
        value = value["amount"]
    if variable.type in ("money", "number"):
        return round(float(value), 4)
    if variable.type == "date":
        return values.normalise(variable, value, language="en").value
    return re.sub(r"\s", "", fold_name(str(value)))


def _parsed(path: Path) -> Parsed | None:
    try:
        return parse_bytes(path, "application/pdf")
    except Unreadable:
        return None


async def measure(
    verbose: bool, only: str = ""
) -> tuple[dict[str, dict[str, Counter[Outcome]]], int]:
    """Outcomes by source and field, and the number of values that came without evidence."""
    counts: dict[str, dict[str, Counter[Outcome]]] = defaultdict(lambda: defaultdict(Counter))
    unproven = 0
    for case in cases():
        if only not in ("", case.source):
            continue
        parsed = _parsed(case.path)
        if parsed is None:
            continue
        context = Context(language=case.language)
        cells = await pipeline.extract(context, case.variables, parsed, OfflineModel())
        for variable, cell in zip(case.variables, cells, strict=True):
            outcome = judged(case, variable, cell)
            counts[case.source][variable.key][outcome] += 1
            unproven += cell.value is not None and cell.evidence in ("none", "not_found")
            if verbose and outcome == "wrong":
                told = f"{cell.value!r} is not {case.truth.get(variable.key)!r}: {cell.quote!r}"
                print(f"{case.path.name} {variable.key}: {told}")
    return counts, unproven


def report(counts: dict[str, dict[str, Counter[Outcome]]], unproven: int) -> dict[str, Any]:
    """Prints a table a source and gives the same as data."""
    result: dict[str, Any] = {"values_without_evidence": unproven, "sources": {}}
    console = Console()
    for source, fields in counts.items():
        table = Table("field", "right", "wrong", "silent", title=source)
        for key, count in sorted(fields.items()):
            table.add_row(key, *(str(count[o]) for o in ("right", "wrong", "silent")))
        total: Counter[Outcome] = sum(fields.values(), Counter())
        asked, answered = total.total(), max(1, total["right"] + total["wrong"])
        table.add_section()
        table.add_row("all", *(str(total[o]) for o in ("right", "wrong", "silent")))
        console.print(table)
        of_all, of_answered = total["wrong"] / asked, total["wrong"] / answered
        console.print(
            f"{source}: wrong {of_all:.1%} of {asked} asked, {of_answered:.1%} of answered"
        )
        result["sources"][source] = {
            "fields": {key: dict(count) for key, count in fields.items()},
            "total": dict(total),
            "wrong_of_asked": round(of_all, 4),
            "wrong_of_answered": round(of_answered, 4),
        }
    console.print(f"values without evidence: {unproven}")
    return result


def main(argv: list[str]) -> int:
    """0 where at most 5 % of what was answered is wrong in every source and no value lacks evidence."""
    parser = argparse.ArgumentParser(prog="scripts/bench offline", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    parser.add_argument("--verbose", action="store_true", help="print every wrong value")
    options = parser.parse_args(argv)
    counts, unproven = asyncio.run(measure(options.verbose))
    result = report(counts, unproven)
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n")
    held = all(s["wrong_of_answered"] <= 0.05 for s in result["sources"].values())
    return 0 if held and unproven == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
