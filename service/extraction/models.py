"""The words of extraction: what is asked, what a model answers, what is kept. No behaviour."""

from typing import Literal

from pydantic import Field, JsonValue

from service.evidence.models import Located
from service.generated import contract
from service.reading.models import Frozen


class Context(Frozen):
    """What the project says of its documents, and people of this one (`metadata`).

    Part of prompt and input hash.
    """

    domain: str = ""
    language: str = "en"
    time_zone: str = "UTC"
    row_unit: contract.ProjectsRowUnit = "document"
    entity_pattern: str | None = None
    document_kind: str = ""
    metadata: dict[str, JsonValue] = Field(default_factory=dict)


class Answer(Frozen):
    """What a model says of one variable. Never coordinates: `zone` is a number of the prompt."""

    value: JsonValue = None
    quote: str | None = None
    zone: int | None = None
    reason: contract.ExtractionsAbsentReason | None = None


class Extraction(Located):
    """One finished cell, as `finish_extract` stores it.

    `entity`: which one the row is, where rows are entities. `signals`: see `Signals`; beside them
    the message of a broken rule.
    """

    variable_id: str
    row_index: int = 0
    entity: str | None = None
    entity_key: str | None = None
    state: Literal["proposed", "absent", "failed"]
    value: JsonValue = None
    raw: str | None = None
    verified: bool = False
    confidence: float = 0.0
    signals: dict[str, JsonValue] = Field(default_factory=dict)
    flags: tuple[str, ...] = ()
    absent_reason: contract.ExtractionsAbsentReason | None = None
    input_hash: str
    origin: contract.ExtractionsOrigin
