"""`scripts/bench offline`: what the offline extractor gets right and wrong and leaves open."""

import asyncio
import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any, Literal

from rich.table import Table

from scripts.benches import report
from scripts.benches.corpus import Case, read_cases
from service.extraction import pipeline
from service.extraction.models import Context, Extraction
from service.offline.extractor import OfflineModel
from service.parsing.models import Parsed, Unreadable
from service.parsing.parse import parse_bytes
from service.reading import values
from service.reading.characters import fold_name
from service.reading.models import Variable

MOST_WRONG = 0.05  # of what was answered
OUTCOMES = ("right", "wrong", "silent")
Outcome = Literal["right", "wrong", "silent"]
Counts = dict[str, dict[str, Counter[Outcome]]]  # by source and field


async def measure(verbose: bool, only: str = "") -> tuple[Counts, int]:
    """Outcomes by source and field, and the number of values that came without evidence."""
    counts: Counts = defaultdict(lambda: defaultdict(Counter))
    unproven = 0
    for case in read_cases():
        if only and case.source != only:
            continue
        parsed = _parse_case(case.path)
        if parsed is None:
            continue
        context = Context(language=case.language)
        cells = await pipeline.extract(context, case.variables, parsed, OfflineModel())
        for variable, cell in zip(case.variables, cells, strict=True):
            outcome = judge_cell(case, variable, cell)
            counts[case.source][variable.key][outcome] += 1
            unproven += cell.value is not None and cell.evidence in ("none", "not_found")
            if verbose and outcome == "wrong":
                truth = case.truth.get(variable.key)
                wrong = f"{cell.value!r} is not {truth!r}: {cell.quote!r}"
                print(f"{case.path.name} {variable.key}: {wrong}")
    return counts, unproven


def _parse_case(path: Path) -> Parsed | None:
    try:
        return parse_bytes(path, "application/pdf")
    except Unreadable:
        return None


def judge_cell(case: Case, variable: Variable, cell: Extraction) -> Outcome:
    """Compared as values: amounts, dates, and texts without blanks or case."""
    truth = case.truth.get(variable.key)
    if cell.value is None:
        return "silent"
    if truth is None:
        return "wrong"
    is_same = _comparable(variable, cell.value) == _comparable(variable, truth)
    return "right" if is_same else "wrong"


def _comparable(variable: Variable, value: Any) -> Any:
    if isinstance(value, dict):
        value = value["amount"]
    if variable.type in ("money", "number"):
        return round(float(value), 4)
    if variable.type == "date":
        return values.normalise(variable, value, language="en").value
    return re.sub(r"\s", "", fold_name(str(value)))


def publish(counts: Counts, unproven: int) -> dict[str, Any]:
    """Prints a table a source and gives the same as data."""
    result: dict[str, Any] = {"values_without_evidence": unproven, "sources": {}}
    console = report.make_console()
    for source, fields in counts.items():
        total: Counter[Outcome] = sum(fields.values(), Counter())
        of_asked = report.share(total["wrong"], total.total())
        of_answered = report.share(total["wrong"], total["right"] + total["wrong"])
        console.print(_table_of(source, fields, total))
        wrong = f"wrong {of_asked:.1%} of {total.total()} asked, {of_answered:.1%} of answered"
        console.print(f"{source}: {wrong}")
        result["sources"][source] = {
            "fields": {key: dict(count) for key, count in fields.items()},
            "total": dict(total),
            "wrong_of_asked": round(of_asked, 4),
            "wrong_of_answered": round(of_answered, 4),
        }
    console.print(f"values without evidence: {unproven}")
    return result


def _table_of(source: str, fields: dict[str, Counter[Outcome]], total: Counter[Outcome]) -> Table:
    table = Table("field", *OUTCOMES, title=source)
    for key, count in sorted(fields.items()):
        table.add_row(key, *_shown_counts(count))
    table.add_section()
    table.add_row("all", *_shown_counts(total))
    return table


def _shown_counts(count: Counter[Outcome]) -> list[str]:
    return [str(count["right"]), str(count["wrong"]), str(count["silent"])]


def main(argv: list[str]) -> int:
    """0 if in every source at most 5 % of the answers are wrong and no value lacks evidence."""
    parser = report.make_parser("offline", __doc__)
    parser.add_argument("--verbose", action="store_true", help="print every wrong value")
    asked = parser.parse_args(argv)
    counts, unproven = asyncio.run(measure(asked.verbose))
    result = publish(counts, unproven)
    if asked.json:
        asked.json.write_text(json.dumps(result, indent=1) + "\n")
    sources = result["sources"].values()
    is_right = all(source["wrong_of_answered"] <= MOST_WRONG for source in sources)
    return 0 if is_right and unproven == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
