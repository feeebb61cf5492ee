"""Documents as the database reads them -> columns and rows of the table.

Pure, and no clock: the same cells are the same rows.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from operator import attrgetter
from typing import Any, NamedTuple

from service.exports.models import Options
from service.exports.read_models import CodebookVariable, StoredCell, StoredDocument

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
_EVIDENCE = ("verified", "quote", "page", "box", "evidence")


class ShownCell(NamedTuple):
    """A cell as the table shows it. A field is empty where the value is not there or not shown."""

    status: str
    value: Any = None
    flags: list[str] | None = None
    verified: bool | None = None
    quote: str | None = None
    page: int | None = None
    box: list[float] | None = None
    evidence: str | None = None
    confidence: float | None = None
    origin: str | None = None
    model: str | None = None
    version: int | None = None


_NOT_ASKED = ShownCell("not asked")
_LEFT_OUT = ShownCell("left out")


class ShownUnit(NamedTuple):
    """A document or an entity of it.

    `document`: values of the columns of its document; `cells`: one for each chosen variable.
    """

    document: list[Value]
    cells: list[ShownCell]

    @property
    def is_empty(self) -> bool:
        """No cell shows a value."""
        return all(cell.value is None for cell in self.cells)


def join_values(values: Sequence[Any]) -> str:
    """A list as text."""
    return "; ".join(map(plain_text, values))


def plain_text(value: Any) -> str:
    """One value, or a list of them, as text: of money its amount and its currency."""
    if isinstance(value, list):
        return join_values(value)
    if not isinstance(value, dict):
        return str(value)
    if not value.keys() <= {"amount", "currency"}:
        return json.dumps(value, ensure_ascii=False)
    parts = (value.get("amount"), value.get("currency"))
    return " ".join(str(part) for part in parts if part is not None)


def _typed_values(type_: str, value: Any) -> list[Value]:
    """A normalised value as columns: money with its currency, the date of a whole day as a date."""
    if type_ == "money":
        money = value if isinstance(value, dict) else {"amount": value}
        return [money.get("amount"), money.get("currency")]
    if type_ == "date" and isinstance(value, str) and len(value) == len("2026-01-31"):
        with suppress(ValueError):
            return [date.fromisoformat(value)]
    return [plain_text(value) if isinstance(value, list | dict) else value]


def _values_of(variable: CodebookVariable, cell: ShownCell) -> list[Any]:
    value = cell.value
    return value if variable.multiple and isinstance(value, list) else [value]


@dataclass(frozen=True)
class Table:
    """The table that options ask for.

    `codebook` in schema order, names of `models` by job, numbers of schema `versions` by id.
    """

    options: Options
    codebook: Sequence[CodebookVariable]
    long: bool = False
    models: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def variables(self) -> list[CodebookVariable]:
        """The chosen variables in schema order."""
        wanted = self.options.variables
        return [variable for variable in self.codebook if wanted is None or variable.key in wanted]

    @cached_property
    def extras(self) -> tuple[str, ...]:
        """Columns beside each value: fields of a cell. What is wrong with it is always said."""
        names = ["status", "flags"]
        if self.options.evidence:
            names += _EVIDENCE
        if self.options.confidence:
            names.append("confidence")
        if self.options.source:
            names += ["origin", "model"]
        if self.options.versions:
            names.append("version")
        return tuple(names)

    @cached_property
    def columns(self) -> list[str]:
        """Names of the columns. One that a variable has already gets an underscore more."""
        if self.long:
            return [*DOCUMENT_COLUMNS, "variable", "number", "value", "currency", *self.extras]
        keys = {variable.key for variable in self.variables}
        names = dict.fromkeys(DOCUMENT_COLUMNS)
        for variable in self.variables:
            beside = [f"{variable.key}_{extra}" for extra in self.extras]
            for name in [*self._value_columns(variable), *beside]:
                while name in names or (name != variable.key and name in keys):
                    name += "_"
                names[name] = None
        return list(names)

    @staticmethod
    def _value_columns(variable: CodebookVariable) -> list[str]:
        """Columns of the values: numbered up to the most there are, money with its currency."""
        names = [variable.key]
        if variable.multiple:
            names = [f"{variable.key}_{number}" for number in range(1, variable.places + 1)]
        if variable.type != "money":
            return names
        return [column for name in names for column in (name, f"{name}_currency")]

    def rows(self, document: StoredDocument) -> Iterator[list[Value]]:
        """Rows as long as `columns`: one a unit, or, where the layout is long, one a value."""
        for unit in self._show_units(document):
            if self.long:
                yield from self._long_rows(unit)
            else:
                yield self._wide_row(unit)

    def _wide_row(self, unit: ShownUnit) -> list[Value]:
        row = list(unit.document)
        for variable, cell in zip(self.variables, unit.cells, strict=True):
            places = variable.places
            values = _values_of(variable, cell)[:places]
            for value in values + [None] * (places - len(values)):
                row += _typed_values(variable.type, value)
            row += self._extra_values(cell)
        return row

    def _long_rows(self, unit: ShownUnit) -> Iterator[list[Value]]:
        for variable, cell in zip(self.variables, unit.cells, strict=True):
            beside = self._extra_values(cell)
            for number, value in enumerate(_values_of(variable, cell) or [None], 1):
                amount, currency, *_ = [*_typed_values(variable.type, value), None]
                yield [*unit.document, variable.key, number, amount, currency, *beside]

    def json_rows(self, document: StoredDocument) -> Iterator[Mapping[str, object]]:
        """Units as objects, for JSON: values as they are, with what stands beside them."""
        fields = ("value", *self.extras)
        fields_of = attrgetter(*fields)
        keys = [variable.key for variable in self.variables]
        for unit in self._show_units(document):
            cells = [dict(zip(fields, fields_of(cell), strict=True)) for cell in unit.cells]
            yield {
                **dict(zip(DOCUMENT_COLUMNS, unit.document, strict=True)),
                "unread_pages": document.unread,
                "values": dict(zip(keys, cells, strict=True)),
            }

    def _show_units(self, document: StoredDocument) -> Iterator[ShownUnit]:
        """The units that are shown; one that a filter leaves no value of is left out."""
        if "no_entities" in document.flags:
            return
        is_filtered = self.options.min_confidence is not None or self.options.flagged is not None
        for unit in document.units:
            document_values: list[Value] = [
                document.name,
                document.id,
                unit.row + 1,
                document.state,
                document.page_count,
                join_values(document.unread) or None,
                document.failure_code,
            ]
            cells = [self._show_cell(unit.cells.get(variable.key)) for variable in self.variables]
            shown = ShownUnit(document_values, cells)
            if not is_filtered or not shown.is_empty:
                yield shown

    def _show_cell(self, cell: StoredCell | None) -> ShownCell:
        if cell is None:
            return _NOT_ASKED
        is_value = cell.state != "absent" and cell.value is not None
        if is_value and not self._is_kept(cell):
            return _LEFT_OUT
        return ShownCell(
            status=_status_of(cell),
            value=None if cell.state == "rejected" else cell.value,
            flags=cell.flags,
            verified=cell.verified,
            quote=cell.quote,
            page=cell.page,
            box=cell.box,
            evidence=cell.evidence,
            confidence=cell.confidence,
            origin=cell.origin,
            model=self.models.get(cell.job or "") if cell.origin == "model" else None,
            version=self.versions.get(cell.version or ""),
        )

    def _is_kept(self, cell: StoredCell) -> bool:
        """True where no filter leaves the value out.

        What a person judged is kept however sure a model was.
        """
        least = self.options.min_confidence
        is_judged = cell.state in ("accepted", "corrected")
        if least is not None and cell.confidence < least and not is_judged:
            return False
        match self.options.flagged:
            case "only":
                return bool(cell.flags)
            case "without":
                return not cell.flags
        return True

    @cached_property
    def _extras_of(self) -> Callable[[ShownCell], tuple[Any, ...]]:
        return attrgetter(*self.extras)

    def _extra_values(self, cell: ShownCell) -> list[Value]:
        return [
            ("; ".join(map(str, value)) or None) if type(value) is list else value
            for value in self._extras_of(cell)
        ]


def _status_of(cell: StoredCell) -> str:
    if cell.state == "absent":
        return f"absent: {cell.absent_reason}"
    if cell.state != "proposed":
        return cell.state
    if cell.verified:
        return "proven"
    return "default" if "default" in cell.flags else "unproven"
