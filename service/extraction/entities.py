"""Rows that are entities: what is asked and answered for them, and the cells of each. Pure."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from pydantic import JsonValue, ValidationError

from service.evidence.locate import locate
from service.extraction import prompt
from service.extraction.answers import Answers, judged, read_object, together
from service.extraction.judge import Judge
from service.extraction.models import Answer, Extraction
from service.model.faults import ModelError
from service.reading.characters import fold_name
from service.reading.models import Frozen, Variable


class _Row(Frozen):
    entity: Answer
    values: dict[str, JsonValue]


def schema(variables: Sequence[Variable]) -> dict[str, Any]:
    """A strict JSON schema: the number of entities, told before they are listed, and a row for each."""
    name = prompt.answer_schema([Variable(id="", key="entity", label="", type="text")])[
        "properties"
    ]
    row = prompt.closed({**name, "values": prompt.answer_schema(variables)})
    listed = {"type": "array", "items": row}
    return prompt.closed(
        {"count": {"type": "integer"}, "rows": listed, "complete": {"type": "boolean"}}
    )


def parse_rows(raw: str, variables: Sequence[Variable], cut: bool = False) -> Answers:
    """Judges each row for itself. Flags: truncated (it breaks off), incomplete (it says so, or a row is unreadable)."""
    given, rows = read_object(raw, cut), []
    listed, count = given.get("rows"), given.get("count")
    items = listed if isinstance(listed, list) else []
    for item in items[:-1] if cut else items:  # the last row of one that breaks off has no end
        with suppress(ValidationError):
            row = _Row.model_validate(item)
            rows += (
                [replace(judged(row.values, variables), entity=row.entity)]
                if _key(row.entity)
                else []
            )
    ended = given.get("complete") is True and listed is items and len(rows) == len(items)
    flags = ("truncated",) if cut else () if ended else ("incomplete",)
    return Answers({}, flags, rows=tuple(rows), count=count if type(count) is int else None)


def cells(
    judge: Judge, variables: Sequence[Variable], replies: Sequence[Answers]
) -> list[Extraction]:
    """Of each entity one a variable. Where some may be missing, each says so, or, without any, `ModelError`."""
    groups, made = _grouped(replies), []
    ended = all(
        not reply.flags and reply.count in (len(reply.rows), len(groups)) for reply in replies
    )
    if not groups and not ended:
        raise ModelError(
            "model_truncated",
            "The list of entities is not complete, and nothing of it could be read",
        )
    doubts = [
        *([] if ended else ["incomplete"]),
        *(["unread_pages"] if judge.parsed.unread_pages else []),
    ]
    for index, group in enumerate(groups):
        answers, entity = together(group), group[0].entity or Answer()
        place = locate(judge.document, entity.quote, zone=entity.zone, raw_value=str(entity.value))
        flags = (*answers.flags, *doubts, *([] if place.page else ["entity_not_found"]))
        told = {"row_index": index, "entity": entity.value, "entity_key": _key(entity)}
        row = judge._replace(answers=replace(answers, flags=flags)).cells(variables)
        made += [cell.model_copy(update=told) for cell in row]
    return made


def _key(entity: Answer) -> str:
    """What tells one entity from another: its name without case, accents and spare blanks."""
    return (
        fold_name(entity.value)
        if isinstance(entity.value, str) and "\0" not in entity.value
        else ""
    )


def _grouped(replies: Sequence[Answers]) -> list[list[Answers]]:
    """Answers about the same entity together, in the order of the document.

    Windows overlap: one name in two of them is one entity. Where one gives a name several times, its rows are things of
    one name, and the same thing is what stands in the same zone.
    """
    names = [[(_key(row.entity or Answer()), row) for row in reply.rows] for reply in replies]
    several = {
        key for reply in names for key, n in Counter(key for key, _ in reply).items() if n > 1
    }
    groups: dict[Any, list[Answers]] = {}
    for reply in names:
        seen: Counter[Any] = Counter()
        for key, row in reply:
            thing = (key, row.entity.zone if row.entity and key in several else None)
            groups.setdefault((thing, seen[thing]), []).append(row)
            seen[thing] += 1
    return [*groups.values()]
