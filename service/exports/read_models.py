"""What the verbs of an export read: the codebook once, then documents page by page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from pydantic import BaseModel, Field, JsonValue

from service.generated.contract import (
    DocumentsState,
    ExtractionsAbsentReason,
    ExtractionsEvidence,
    ExtractionsOrigin,
    ExtractionsState,
    VariablesType,
)


class CodebookVariable(BaseModel):
    """A variable with the counts of its cells. `most_values`: of the cell that holds most."""

    key: str
    label: str = ""
    type: VariablesType
    instructions: str = ""
    aliases: list[str] = Field(default_factory=list)
    categories: list[str] = Field(default_factory=list)
    multiple: bool = False
    required: bool = False
    rules: dict[str, JsonValue] = Field(default_factory=dict)
    default: JsonValue = None
    revision: int = 1
    cells: int = 0
    values: int = 0
    most_values: int = 1
    nulls: int = 0
    failed: int = 0
    flagged: int = 0
    verified: int = 0
    accepted: int = 0
    corrected: int = 0
    rejected: int = 0
    average_confidence: float | None = None

    @property
    def places(self) -> int:
        """How many values stand beside each other in a row."""
        return self.most_values if self.multiple else 1


class ExportDescription(BaseModel):
    """What `describe_export` answers. `quality`: lines of what, which and how many."""

    codebook: list[CodebookVariable]
    quality: list[tuple[str, str | None, int | float]]
    warnings: list[str]
    models: dict[str, str] = Field(description="Names of the models by job.")
    versions: dict[str, int] = Field(description="Numbers of the schema versions by id.")


class StoredCell(NamedTuple):
    """A cell as the database holds it. A tuple, because an export has fifty thousand and more."""

    key: str
    state: ExtractionsState
    value: Any
    verified: bool
    quote: str | None
    page: int | None
    box: list[float] | None
    evidence: ExtractionsEvidence
    flags: list[str]
    confidence: float
    absent_reason: ExtractionsAbsentReason | None
    origin: ExtractionsOrigin
    job: str | None
    version: str | None


class StoredUnit(NamedTuple):
    """A document or an entity of it: its number from 0, and its cells by key."""

    row: int
    cells: Mapping[str, StoredCell]

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "StoredUnit":
        """The cells come as columns, a list for each field; none where nothing was asked."""
        columns = row["cells"]
        if not columns:
            return cls(row["row"], {})
        fields = [columns[name] for name in StoredCell._fields]
        cells = map(StoredCell._make, zip(*fields, strict=True))
        return cls(row["row"], {cell.key: cell for cell in cells})


@dataclass(frozen=True)
class StoredDocument:
    """A document of `read_export`. `unread`: the numbers of the pages that gave no text."""

    id: str
    name: str
    state: DocumentsState
    page_count: int | None
    failure_code: str | None
    flags: list[str]
    unread: list[int]
    units: Sequence[StoredUnit]

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "StoredDocument":
        """Raises `KeyError` or `TypeError` on anything else than the verb answers."""
        units = [StoredUnit.from_row(unit) for unit in row["units"]]
        return cls(**{**row, "units": units})
