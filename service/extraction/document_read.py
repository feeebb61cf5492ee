"""A document with what is asked of it, as verbs read it for a run, a preview or a comparison."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.extraction.models import Context
from service.extraction.stored_cells import StoredCell
from service.parsing import wire
from service.parsing.models import Parsed
from service.reading.models import Variable


@dataclass(frozen=True)
class DocumentRead:
    """What `read_extract` and `read_prompt` answer."""

    request_id: str | None
    context: Context
    variables: Sequence[Variable]
    parsed: Parsed
    cells: Sequence[StoredCell]

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "DocumentRead":
        """Raises `ValueError`, `KeyError` or `TypeError` on anything else."""
        return cls(
            request_id=row["request_id"],
            context=Context.model_validate(row["context"]),
            variables=[Variable.model_validate(variable) for variable in row["variables"]],
            parsed=wire.from_rows(row["parsed"]),
            cells=row["cells"],
        )


@dataclass(frozen=True)
class ComparisonRead:
    """What `read_comparison` answers: a variable, and instructions for it, today's first."""

    document: DocumentRead
    variable: Variable
    instructions: Sequence[str]

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "ComparisonRead":
        """Raises as that of `DocumentRead`."""
        return cls(
            document=DocumentRead.from_row(row),
            variable=Variable.model_validate(row["variable"]),
            instructions=row["instructions"],
        )

    def candidates(self) -> list[Variable]:
        """The variable with each of the instructions."""
        return [
            self.variable.model_copy(update={"instructions": instructions})
            for instructions in self.instructions
        ]
