"""What is asked for, and a value as code reads it. No behaviour."""

from typing import NamedTuple

from pydantic import BaseModel, Field, JsonValue

from service.generated import contract


class Frozen(BaseModel, frozen=True, extra="ignore"):
    """A value that does not change."""


class Variable(Frozen):
    """A column of the table to be, as the job's snapshot holds it.

    `several`, `max_values`: which values are kept where `multiple`. `depends_on`: a key with
    equals, in or present. `examples`: right answers for other documents.
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


class Normalised(Frozen):
    """A value as code reads it.

    `readings`: the candidates of an ambiguous one. `flags`: stable snake_case codes.
    """

    value: JsonValue = None
    readings: tuple[JsonValue, ...] = ()
    flags: tuple[str, ...] = ()


class PrintedValue(NamedTuple):
    """A value as it stands in a text, with everything that it can mean.

    Without readings it is none, such as 31.02.2024; with several it is ambiguous.
    """

    start: int
    end: int
    readings: tuple[JsonValue, ...]
    currency: tuple[str, ...] = ()  # the codes that the sign beside a number can mean
    unit: str = ""  # the %, the currency or the word behind a number
