"""A model that reads what it is shown, for tests of long documents, lists of entities and second
tries.
"""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from pydantic import JsonValue

from scripts.rig.scripted_truth import Prompt
from service.extraction import prompt
from service.extraction.answers import Answers, parse_answers
from service.extraction.entities import parse_rows
from service.extraction.models import Context
from service.generated.contract import ExtractionsOrigin
from service.model.faults import ModelError
from service.parsing.models import Parsed
from service.reading.models import Variable
from tests.support.pages import document, drawn

LISTING = Context(language="en", row_unit="entity", entity_pattern="One for each person.")
Answer = Callable[[Prompt], dict[str, Any]]


class Reader:
    """Answers each call from the prompt alone, and keeps the calls.

    A text is an answer that was cut off.
    """

    identity: dict[str, JsonValue] = {"model": "reader"}  # noqa: RUF012 - read only
    origin: ExtractionsOrigin = "model"

    def __init__(self, answer: Callable[[Prompt], dict[str, Any] | str | ModelError]) -> None:
        self.answer, self.asked = answer, list[Prompt]()

    async def ask(self, context: Context, variables: Sequence[Variable], parsed: Parsed) -> Answers:
        asked = Prompt.of({"messages": prompt.messages(context, variables, parsed)})
        self.asked.append(asked)
        told = self.answer(asked)
        if isinstance(told, ModelError):
            raise told
        parse = parse_rows if context.row_unit == "entity" else parse_answers
        return parse(
            told if isinstance(told, str) else json.dumps(told), variables, isinstance(told, str)
        )


def said(value: Any, quote: str | None = None, zone: int | None = None) -> dict[str, Any]:
    """A value with its quote, or nothing."""
    return {
        "value": value,
        "quote": quote or value,
        "zone": zone,
        "reason": "absent" if value is None else None,
    }


def pages(*texts: Sequence[str]) -> Parsed:
    """A document of so many lines a page, each a zone."""
    return document(
        *(drawn([[(50, line)] for line in lines], number) for number, lines in enumerate(texts, 1))
    )


def fields(asked: Prompt) -> dict[str, Any]:
    """Of each variable what stands behind its key and a colon: the first, or all of a list."""
    answer: dict[str, Any] = {}
    for variable in asked.variables:
        found = [
            (zone, m)
            for zone in asked.zones
            for m in re.finditer(rf"\b{variable['key']}: (\S+)", zone.text)
        ]
        items = [said(match[1], match[0], zone.number) for zone, match in found]
        answer[variable["key"]] = items if variable.get("multiple") else (items or [said(None)])[0]
    return answer


def people(asked: Prompt) -> dict[str, Any]:
    """A row for each line "Name, age: 7"."""
    rows = []
    for zone in asked.zones:
        for line in re.finditer(r"([A-Z]\w+), age: (\d+)", zone.text):
            age = said(line[2], line[0], zone.number)
            rows.append(
                {
                    "entity": said(line[1], line[0], zone.number),
                    "values": dict.fromkeys(asked.keys, age),
                }
            )
    return {"count": len(rows), "rows": rows, "complete": True}
