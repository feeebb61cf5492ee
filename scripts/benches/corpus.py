"""Documents and what is true of them: our own samples, and the shared corpus where it is there."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.samples import SAMPLES
from service.generated.contract import VariablesType as VariableType
from service.reading.models import Variable

SHARED = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "fields"
_MONEY_KEY = re.compile(
    r"""
    (?: total | subtotal | tax | amount | due_payable | net_energy ) (?: _ | $ )
    | _amount
    | _total
    """,
    re.VERBOSE,
)
_NUMBER_KEY = re.compile(r"(?: reading | consumption | price )_.*", re.VERBOSE)


@dataclass(frozen=True)
class Case:
    """A document and what is true of it. `source` is samples, made or einvoice."""

    source: str
    path: Path
    language: str
    truth: dict[str, Any]
    variables: tuple[Variable, ...]


def read_cases() -> Iterator[Case]:
    """Every document of which values are known."""
    yield from _sample_cases()
    yield from _made_cases()
    yield from _einvoice_cases()


def _sample_cases() -> Iterator[Case]:
    definitions = json.loads((SAMPLES / "variables.json").read_text())["variables"]
    variables = tuple(Variable(id=each["key"], **each) for each in definitions)
    for path, truth in _truths_in(SAMPLES):
        if truth.get("state") != "failed" and not truth.get("image_only"):
            fields = {key: field["value"] for key, field in truth["fields"].items()}
            yield Case("samples", path, truth["language"], fields, variables)


def _made_cases() -> Iterator[Case]:
    for path, truth in _truths_in(SHARED / "made"):
        fields = {key: _plain_value(field) for key, field in truth["fields"].items()}
        if fields:
            variables = _guess_variables(fields)
            yield Case("made", path, truth["language"], fields, variables)


def _einvoice_cases() -> Iterator[Case]:
    for path, truth in _truths_in(SHARED / "einvoice"):
        fields = {key: value for key, value in truth.items() if not isinstance(value, list)}
        language = "fr" if "_FR_" in path.name else "de"
        yield Case("einvoice", path, language, fields, _guess_variables(fields))


def _truths_in(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """PDFs with the truth files beside them; none where there is no such folder."""
    if not folder.is_dir():
        return
    for path in sorted(folder.rglob("*.json")):
        pdf = path.with_suffix(".pdf")
        if pdf.exists():
            yield pdf, json.loads(path.read_text())


def _plain_value(field: dict[str, Any]) -> Any:
    """A list is told as printed."""
    if isinstance(field["value"], list):
        return field["raw"]
    return field["value"]


def _guess_variables(fields: dict[str, Any]) -> tuple[Variable, ...]:
    """Variables for fields that nobody defined: their type is guessed from their names."""
    return tuple(
        Variable(id=key, key=key, label=key.replace("_", " "), type=_guess_type(key, value))
        for key, value in fields.items()
    )


def _guess_type(key: str, value: Any) -> VariableType:
    if isinstance(value, bool):
        return "boolean"
    if _MONEY_KEY.search(key):
        return "money"
    if key.endswith("_date") or key == "next_visit":
        return "date"
    if _NUMBER_KEY.fullmatch(key):
        return "number"
    return "text"
