"""Documents as the database reads them -> columns and rows of the table. Pure, and no clock: same cells, same rows."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import chain, islice, repeat
from typing import Any

from service.exports.models import Options

Row = dict[str, Any]
Value = None | bool | int | float | str | date

DOCUMENT_COLUMNS = (
    "document",
    "document_id",
    "row",
    "document_state",
    "pages",
    "unread_pages",
    "failure_code",
)
_EVIDENCE: tuple[str, ...] = ("verified", "quote", "page", "box", "evidence")


def plain(value: Any) -> str:
    """One value, or a list of them, as text: of money its amount and its currency."""
    if isinstance(value, list):
        return "; ".join(map(plain, value))
    if isinstance(value, dict):
        known = value.keys() <= {"amount", "currency"}
        parts = (
            (value.get("amount"), value.get("currency"))
            if known
            else (json.dumps(value, ensure_ascii=False),)
        )
        return " ".join(str(part) for part in parts if part is not None)
    return str(value)


def _cells(kind: str, value: Any) -> list[Value]:
    """A normalised value as cells: money with its currency; a whole date is a date, a partial one stays text."""
    if kind == "money":
        money = value if isinstance(value, dict) else {"amount": value}
        return [money.get("amount"), money.get("currency")]
    if kind == "date" and isinstance(value, str) and len(value) == 10:
        with suppress(ValueError):
            return [date.fromisoformat(value)]
    return [plain(value) if isinstance(value, list | dict) else value]


@dataclass(frozen=True)
class Table:
    """The table that options ask for: `codebook` in schema order, `models` by job, `versions` by id."""

    options: Options
    codebook: list[Row]
    long: bool = False
    models: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def variables(self) -> list[Row]:
        """The chosen variables in schema order."""
        wanted = self.options.variables
        return [v for v in self.codebook if wanted is None or v["key"] in wanted]

    @cached_property
    def extras(self) -> tuple[str, ...]:
        """Columns beside each value. What is wrong with it is always said."""
        asked = self.options
        groups: list[tuple[bool, tuple[str, ...]]] = [
            (asked.evidence, _EVIDENCE),
            (asked.confidence, ("confidence",)),
        ]
        groups += [(asked.source, ("origin", "model")), (asked.versions, ("version",))]
        return ("status", "flags", *(name for wanted, names in groups if wanted for name in names))

    @cached_property
    def columns(self) -> list[str]:
        """Names of the columns, each once: a name that a variable has already gets an underscore more."""
        if self.long:
            return [*DOCUMENT_COLUMNS, "variable", "number", "value", "currency", *self.extras]
        keys, names = {v["key"] for v in self.variables}, dict.fromkeys(DOCUMENT_COLUMNS)
        for variable in self.variables:
            key = variable["key"]
            for name in (*self._places(variable), *(f"{key}_{extra}" for extra in self.extras)):
                while name in names or (name != key and name in keys):
                    name += "_"
                names[name] = None
        return [*names]

    @staticmethod
    def _places(variable: Row) -> Iterator[str]:
        """Columns of the values alone: numbered up to the most there are, money with its currency."""
        key, money = variable["key"], variable["type"] == "money"
        numbered = (
            [f"{key}_{n + 1}" for n in range(variable["most_values"])]
            if variable["multiple"]
            else [key]
        )
        for name in numbered:
            yield from (name, f"{name}_currency") if money else (name,)

    def units(self, document: Row) -> Iterator[tuple[list[Value], dict[str, Row]]]:
        """Of each unit its document's columns and its cells; a unit that a filter leaves no value of is left out."""
        filtering = self.options.min_confidence is not None or self.options.flagged is not None
        for unit in document["units"] if "no_entities" not in document["flags"] else []:
            own = [
                document["name"],
                document["id"],
                unit["row"] + 1,
                document["state"],
                document["page_count"],
            ]
            cells = {v["key"]: self._cell(unit["cells"].get(v["key"])) for v in self.variables}
            if not filtering or any(cell["value"] is not None for cell in cells.values()):
                yield [*own, plain(document["unread"]) or None, document["failure_code"]], cells

    def _cell(self, found: Row | None) -> Row:
        if found is None:
            return {"value": None, "status": "not asked"}
        status, value = found["state"], found["value"]
        if status == "absent":
            status = f"absent: {found['absent_reason']}"
        elif value is not None and not self._kept(found):
            return {"value": None, "status": "left out"}
        elif status == "proposed":
            status = (
                "proven"
                if found["verified"]
                else "default"
                if "default" in found["flags"]
                else "unproven"
            )
        model, version = (
            self.models.get(found["job"] or ""),
            self.versions.get(found["version"] or ""),
        )
        told = {
            "status": status,
            "model": model if found["origin"] == "model" else None,
            "version": version,
        }
        return found | told | {"value": None if status == "rejected" else value}

    def _kept(self, found: Row) -> bool:
        asked, least = self.options.flagged, self.options.min_confidence
        enough = (
            least is None
            or found["confidence"] >= least
            or found["state"] in ("accepted", "corrected")
        )
        return enough and (asked is None or (asked == "only") == bool(found["flags"]))

    def _beside(self, cell: Row) -> list[Value]:
        given = map(cell.get, self.extras)
        return [("; ".join(map(str, x)) or None) if type(x) is list else x for x in given]

    def rows(self, document: Row) -> Iterator[list[Value]]:
        """Rows of the table, as long as `columns`."""
        for own, cells in self.units(document):
            row = [*own]
            for variable in self.variables:
                kind, cell = variable["type"], cells[variable["key"]]
                value, beside = cell["value"], self._beside(cell)
                values = value if variable["multiple"] and isinstance(value, list) else [value]
                if self.long:
                    for number, one in enumerate(values or [None], 1):
                        yield [
                            *own,
                            variable["key"],
                            number,
                            *[*_cells(kind, one), None][:2],
                            *beside,
                        ]
                    continue
                for one in islice(
                    chain(values, repeat(None)),
                    variable["most_values"] if variable["multiple"] else 1,
                ):
                    row += _cells(kind, one)
                row += beside
            if not self.long:
                yield row

    def nested(self, document: Row) -> Iterator[Row]:
        """Units as objects, for JSON: values as they are, with what stands beside them."""
        for own, cells in self.units(document):
            told = dict(zip(DOCUMENT_COLUMNS, own, strict=True)) | {
                "unread_pages": document["unread"]
            }
            yield told | {
                "values": {
                    k: {n: c.get(n) for n in ("value", *self.extras)} for k, c in cells.items()
                }
            }
