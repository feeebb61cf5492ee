"""What a model is asked about the schema itself, and how its answer is read. Pure.

The rules and the strict answer schema of each kind are in questions.json. What documents say is
fenced as in a prompt.
"""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, JsonValue

from service.canonical import canonical, sha256
from service.extraction.answers import read_object
from service.generated.contract import SchemaSuggestionsKind
from service.model.faults import AnswerMalformed
from service.model.json_model import Message


class SuggestionRead(BaseModel):
    """What `read_suggestion` answers; most of it goes into the question as it came.

    A refinement is drawn from `mistakes` that people marked, any other suggestion from `documents`.
    """

    kind: SchemaSuggestionsKind
    request_id: str | None
    context: dict[str, JsonValue]
    variables: list[JsonValue]
    documents: list[JsonValue]
    mistakes: list[JsonValue]


class Question(NamedTuple):
    """A kind of question: the lines of its rules, and the JSON schema of its answer."""

    rules: list[str]
    schema: dict[str, Any]


_TEXTS = json.loads(Path(__file__).with_name("questions.json").read_text("utf-8"))
_RULES_OF_ALL: list[str] = _TEXTS.pop("all")
QUESTIONS = {kind: Question(**question) for kind, question in _TEXTS.items()}


def messages(read: SuggestionRead) -> list[Message]:
    """The system and the user message."""
    rules = "\n".join([*QUESTIONS[read.kind].rules, *_RULES_OF_ALL])
    variables = "\n".join(map(canonical, read.variables)) or "none"
    system = (
        f"{rules}\n\nProject: {canonical(read.context)}\n\nVariables of the project:\n{variables}"
    )
    material = "\n".join(map(canonical, read.mistakes or read.documents))
    fence = f"=====material {sha256(material)[:16]}====="
    return [
        {"role": "system", "content": system},
        {"role": "user", "content": f"{fence}\n{material}\n{fence}"},
    ]


def read_offers(raw: str, *, cut: bool) -> list[JsonValue]:
    """The suggestions of a raw answer, to be judged by the database.

    Raises `ModelError` where there are none.
    """
    offers = None if cut else read_object(raw).get("suggestions")
    if not isinstance(offers, list) or not _can_be_stored(offers):
        raise AnswerMalformed("The model's answer is no list of suggestions")
    return offers


def _can_be_stored(offers: list[JsonValue]) -> bool:
    """Postgres keeps no NUL, no half of a surrogate pair and no number that is none."""
    with suppress(ValueError, RecursionError):
        text = json.dumps(offers, allow_nan=False, ensure_ascii=False).encode()
        return b"\\u0000" not in text
    return False
