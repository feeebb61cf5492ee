"""What is asked: messages, answer schema and the hashes that say whether an answer is still current. Pure.

The rules are `prompt.txt`. The document is data: its fence carries a hash of the text between, which the text cannot
know. What people wrote stands in a line of JSON.
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
_VALUE_TYPES = {
    "number": ["string", "number"],
    "money": ["string", "number"],
    "boolean": ["boolean"],
}
_TOLD = {
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


def messages(
    context: Context, variables: Sequence[Variable], parsed: Parsed
) -> list[dict[str, str]]:
    """The system and the user message, exactly as sent."""
    asked = "\n".join(canonical(_described(variable)) for variable in variables)
    entity = (
        f", recognised by {canonical(context.entity_pattern)}" if context.entity_pattern else ""
    )
    # A document's own facts stand with it: what is said of the project is the same text for all its documents.
    project = canonical(
        context.model_dump(include={"domain", "language", "time_zone", "document_kind"})
    )
    facts = (
        f"Facts about this document: {canonical(context.metadata)}\n" if context.metadata else ""
    )
    rules = f"{_RULES}\n\n{_ENTITY_RULES}" if context.row_unit == "entity" else _RULES
    system = f"{rules}\n\nProject: {project}\nRow unit: {context.row_unit}{entity}\n\nVariables:\n{asked}"
    body = reading_text(parsed)
    fence = f"=====document {sha256(body)[:16]}====="
    return [
        {"role": "system", "content": system},
        {"role": "user", "content": f"{facts}{fence}\n{body}\n{fence}"},
    ]


def answer_schema(variables: Sequence[Variable]) -> dict[str, Any]:
    """A strict JSON schema: one required property a variable key."""
    listed = {v.key: () if v.rules.get("other_allowed") else v.categories for v in variables}
    return closed({v.key: _answer(v.type, listed[v.key], v.multiple) for v in variables})


def document_hash(context: Context, parsed: Parsed, asked_of: Mapping[str, JsonValue]) -> str:
    """Of what all answers to a document depend on: its text, what is said of it, who is asked and how."""
    return sha256(canonical([TEMPLATE, text_hash(parsed), context.model_dump(), dict(asked_of)]))


def input_hash(document: str, variable: Variable) -> str:
    """Equal as long as asking for this variable again would be the same question; `document` is its hash."""
    return sha256(f"{document} {variable.id} {variable.revision}")


def _described(variable: Variable) -> dict[str, JsonValue]:
    given = variable.model_dump(mode="json", include=_TOLD)
    return {name: held for name, held in given.items() if held not in ("", [], {}, False)}


@lru_cache(1024)
def _answer(kind: str, categories: tuple[str, ...], multiple: bool) -> dict[str, Any]:
    value: dict[str, Any] = {"type": [*_VALUE_TYPES.get(kind, ["string"]), "null"]}
    if categories:
        value["enum"] = [*categories, None]
    text, number = {"type": ["string", "null"]}, {"type": ["integer", "null"]}
    reason = {**text, "enum": [*get_args(ExtractionsAbsentReason), None]}
    item = closed({"value": value, "quote": text, "zone": number, "reason": reason})
    return {"type": "array", "items": item} if multiple else item


def closed(properties: dict[str, Any]) -> dict[str, Any]:
    """An object of these properties, all of them and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
