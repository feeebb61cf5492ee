"""What a run found, for people (a table with evidence marks) and for programs (JSON)."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from scripts.demo.workspace import Row

MARKS = {"exact": "✓", "split": "✓", "moved": "✓", "fuzzy": "≈", "not_found": "✗", "none": ""}
FOUND_BUT_UNPROVEN = "?"
LONGEST_VALUE = 28
LEGEND = (
    "✓ the quote stands in the document and says the value (page number beside it) · ≈ only nearly"
    " · ✗ not found · ? found, but the quote does not say it · - the document does not say"
    " · ! failed"
)


def format_value(value: Any) -> str:
    """A value as a short text."""
    if isinstance(value, dict):
        return f"{value.get('amount')} {value.get('currency') or ''}".strip()
    if isinstance(value, list):
        return ", ".join(format_value(item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def format_cell(extraction: Row | None) -> str:
    """One cell: the value, its mark, its page."""
    if extraction is None:
        return ""
    if extraction["state"] == "absent":
        return "-"
    if extraction["state"] == "failed":
        return "!"
    text = format_value(extraction["value"])[:LONGEST_VALUE]
    page = f" p{extraction['page']}" if extraction["page"] else ""
    return f"{text} {_mark_of(extraction)}{page}"


def _mark_of(extraction: Row) -> str:
    mark = MARKS[extraction["evidence"]]
    if mark == "✓" and not extraction["verified"]:
        return FOUND_BUT_UNPROVEN
    return mark


def print_table(
    console: Console, documents: Sequence[Row], variables: Sequence[Row], extractions: Sequence[Row]
) -> None:
    """Rows are documents, columns variables in schema order."""
    cells = {(row["document_id"], row["variable_id"]): row for row in extractions}
    table = Table(title="Values with their evidence", show_lines=False)
    table.add_column("document", overflow="fold", min_width=14)
    for variable in variables:
        table.add_column(variable["label"], overflow="fold")
    for document in documents:
        row = [format_cell(cells.get((document["id"], variable["id"]))) for variable in variables]
        table.add_row(_name_of(document), *row)
    console.print(table)
    console.print(LEGEND, style="dim")


def _name_of(document: Row) -> str:
    """With the reason below it if the document could not be read."""
    name: str = document["name"]
    if document["state"] == "failed":
        return f"{name}\n[red]{document['failure_code']}[/]"
    return name


def summarise(
    documents: Sequence[Row],
    extractions: Sequence[Row],
    job: Row,
    uploads: Sequence[Row],
    seconds: float,
) -> dict[str, Any]:
    """What happened, in numbers: the content of --json."""
    return {
        "documents": dict(Counter(row["state"] for row in documents)),
        "uploads": dict(Counter(row["outcome"] for row in uploads)),
        "extractions": dict(Counter(row["evidence"] for row in extractions)),
        "states": dict(Counter(row["state"] for row in extractions)),
        "verified": sum(row["verified"] for row in extractions),
        "pages": sum(row["page_count"] or 0 for row in documents),
        "unread_pages": sum(row["unread_pages"] or 0 for row in documents),
        "job": job["state"],
        "extractor": job["extractor"],
        "model_calls": job["model_calls"],
        "cost_micros": job["cost_micros"],
        "seconds": round(seconds, 2),
    }
