"""What is asked: messages, answer schema, and the hashes that say whether an answer is current.

The rules are `prompt.txt`. The document is data: its fence carries a hash of the text between,
which the text cannot know. What people wrote stands in a line of JSON, which it cannot leave.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

from pydantic import JsonValue

from service.canonical import canonical, sha256
from service.extraction.models import Context
from service.generated.contract import ExtractionsAbsentReason
from service.parsing.models import Parsed
from service.parsing.reading_text import reading_text, text_hash
from service.reading.models import Variable

TEMPLATE = "dossier-extract-2"
_RULES = Path(__file__).with_suffix(".txt").read_text("utf-8").strip()
_ENTITY_RULES = Path(__file__).with_name("prompt_entities.txt").read_text("utf-8").strip()
_SHOWN_OF_CONTEXT = {"domain", "language", "time_zone", "document_kind"}
_SHOWN_OF_VARIABLE = {
    "key",
    "label",
    "type",
    "instructions",
    "aliases",
    "categories",
    "multiple",
    "rules",
    "examples",
}
_NOTHING: tuple[JsonValue, ...] = ("", [], {}, False)  # what is not worth a word of a prompt
_JSON_TYPES = {
    "number": ["string", "number"],
    "money": ["string", "number"],
    "boolean": ["boolean"],
}


def messages(
    context: Context, variables: Sequence[Variable], parsed: Parsed
) -> list[dict[str, str]]:
    """The system and the user message, exactly as sent."""
    return [
        {"role": "system", "content": _system_message(context, variables)},
        {"role": "user", "content": _user_message(context, parsed)},
    ]


def _system_message(context: Context, variables: Sequence[Variable]) -> str:
    """What is the same text for all documents of a project."""
    rules = _RULES
    row_unit: str = context.row_unit
    if context.row_unit == "entity":
        rules = f"{_RULES}\n\n{_ENTITY_RULES}"
    if context.entity_pattern:
        row_unit = f"{row_unit}, recognised by {canonical(context.entity_pattern)}"
    project = canonical(context.model_dump(include=_SHOWN_OF_CONTEXT))
    asked = "\n".join(canonical(_shown_of(variable)) for variable in variables)
    return f"{rules}\n\nProject: {project}\nRow unit: {row_unit}\n\nVariables:\n{asked}"


def _user_message(context: Context, parsed: Parsed) -> str:
    """The document between its fences, and before them what people said of it."""
    facts = ""
    if context.metadata:
        facts = f"Facts about this document: {canonical(context.metadata)}\n"
    text = reading_text(parsed)
    fence = f"=====document {sha256(text)[:16]}====="
    return f"{facts}{fence}\n{text}\n{fence}"


def _shown_of(variable: Variable) -> dict[str, JsonValue]:
    columns = variable.model_dump(mode="json", include=_SHOWN_OF_VARIABLE)
    return {name: value for name, value in columns.items() if value not in _NOTHING}


def answer_schema(variables: Sequence[Variable]) -> dict[str, Any]:
    """A strict JSON schema: one required property a variable key."""
    return closed_object({variable.key: _schema_of(variable) for variable in variables})


def document_hash(context: Context, parsed: Parsed, asked_of: Mapping[str, JsonValue]) -> str:
    """Of all that every answer depends on: the text, what is said of it, who is asked and how."""
    return sha256(canonical([TEMPLATE, text_hash(parsed), context.model_dump(), dict(asked_of)]))


def input_hash(document_hash: str, variable: Variable) -> str:
    """Equal as long as asking for this variable again would be the same question."""
    return sha256(f"{document_hash} {variable.id} {variable.revision}")


def closed_object(properties: dict[str, Any]) -> dict[str, Any]:
    """The schema of an object of these properties, all of them and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _schema_of(variable: Variable) -> dict[str, Any]:
    categories = () if variable.rules.get("other_allowed") else variable.categories
    return _answer_schema(variable.type, categories, variable.multiple)


@lru_cache(1024)
def _answer_schema(kind: str, categories: tuple[str, ...], multiple: bool) -> dict[str, Any]:
    """Of one answer, or of a list of them."""
    value: dict[str, Any] = {"type": [*_JSON_TYPES.get(kind, ["string"]), "null"]}
    if categories:
        value["enum"] = [*categories, None]
    answer = closed_object(
        {
            "value": value,
            "quote": {"type": ["string", "null"]},
            "zone": {"type": ["integer", "null"]},
            "reason": {
                "type": ["string", "null"],
                "enum": [*get_args(ExtractionsAbsentReason), None],
            },
        }
    )
    return {"type": "array", "items": answer} if multiple else answer
