"""What a model is asked about the schema itself, and how its answer is read. Pure.

`QUESTIONS` holds the rules and the strict answer schema of each kind. What documents say is fenced as in a
"""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from service.canonical import canonical, sha256
from service.extraction.answers import read_object
from service.model.faults import ModelError

QUESTIONS: dict[str, Any] = json.loads(
    Path(__file__).with_name("questions.json").read_text("utf-8")
)


def messages(read: dict[str, Any]) -> list[dict[str, str]]:
    """The system and the user message about what `read_suggestion` told."""
    rules = "\n".join([*QUESTIONS[read["kind"]]["rules"], *QUESTIONS["all"]])
    known = "\n".join(map(canonical, read["variables"])) or "none"
    system = (
        f"{rules}\n\nProject: {canonical(read['context'])}\n\nVariables of the project:\n{known}"
    )
    body = "\n".join(map(canonical, read["mistakes"] or read["documents"]))
    fence = f"=====material {sha256(body)[:16]}====="
    return [
        {"role": "system", "content": system},
        {"role": "user", "content": f"{fence}\n{body}\n{fence}"},
    ]


def read_offers(raw: str, cut: bool) -> list[Any]:
    """The suggestions of a raw answer, to be judged by the database; raises `ModelError` where there are none."""
    offers = None if cut else read_object(raw).get("suggestions")
    # Postgres keeps no NUL, no half of a surrogate pair and no number that is none.
    with suppress(ValueError, RecursionError):
        text = json.dumps(offers, allow_nan=False, ensure_ascii=False).encode()
        if isinstance(offers, list) and b"\\u0000" not in text:
            return offers
    raise ModelError("model_malformed", "The model's answer is no list of suggestions")
