"""The words of extraction: what is asked, what a model answers, what is kept. No behaviour."""

from typing import Any, Literal

from pydantic import BaseModel, Field, JsonValue

from service import database_contract as contract
from service.parsing.models import Box


class Frozen(BaseModel, frozen=True, extra="ignore"):
    """A value that does not change."""


class Variable(Frozen):
    """A column of the table to be, as the job's snapshot holds it.

    `several`, `max_values`: which values are kept where `multiple`. `depends_on`: a key with equals, in or present.
    `examples`: right answers for other documents.
    """

    id: str
    key: str
    label: str
    type: contract.VariablesType
    instructions: str = ""
    aliases: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    multiple: bool = False
    required: bool = False
    rules: dict[str, JsonValue] = Field(default_factory=dict)
    examples: tuple[dict[str, JsonValue], ...] = ()
    default: JsonValue = None
    depends_on: dict[str, JsonValue] | None = None
    uncertainty_threshold: float = 0.5
    uncertainty_action: contract.VariablesUncertaintyAction = "flag"
    several: contract.VariablesSeveral = "all"
    max_values: int | None = None
    revision: int = 1


class Context(Frozen):
    """What the project says of its documents, and people of this one: `metadata`. Part of prompt and input hash."""

    domain: str = ""
    language: str = "en"
    time_zone: str = "UTC"
    row_unit: contract.ProjectsRowUnit = "document"
    entity_pattern: str | None = None
    document_kind: str = ""
    metadata: dict[str, JsonValue] = Field(default_factory=dict)


class Answer(Frozen):
    """What a model says of one variable. Never coordinates: `zone` is the number printed in the prompt."""

    value: JsonValue = None
    quote: str | None = None
    zone: int | None = None
    reason: contract.ExtractionsAbsentReason | None = None


class Located(Frozen):
    """Where a quote was found. `box` is the value inside the quote where it is printed there, else the quote."""

    evidence: contract.ExtractionsEvidence = "none"
    page: int | None = None
    box: Box | None = None
    boxes: tuple[Box, ...] = ()
    zone: int | None = None
    quote: str | None = None


class Normalised(Frozen):
    """A value as code reads it. `readings`: the candidates of an ambiguous one; `flags`: stable snake_case codes."""

    value: JsonValue = None
    readings: tuple[JsonValue, ...] = ()
    flags: tuple[str, ...] = ()


class Extraction(Located):
    """One finished cell, as `finish_extract` stores it. `entity`: which one the row is, where rows are entities."""

    variable_id: str
    row_index: int = 0
    entity: str | None = None
    entity_key: str | None = None
    state: Literal["proposed", "absent", "failed"]
    value: JsonValue = None
    raw: str | None = None
    verified: bool = False
    confidence: float = 0.0
    signals: dict[str, Any] = Field(default_factory=dict)
    flags: tuple[str, ...] = ()
    absent_reason: contract.ExtractionsAbsentReason | None = None
    input_hash: str
    origin: contract.ExtractionsOrigin
