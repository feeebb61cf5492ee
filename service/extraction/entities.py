"""Rows that are entities: what is asked and answered for them, and the cells of each."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from pydantic import JsonValue, ValidationError

from service.evidence.locate import locate
from service.extraction import prompt
from service.extraction.answers import Answers, check_answers, merge_answers, read_object
from service.extraction.judge import Judge
from service.extraction.models import Answer, Extraction
from service.model.faults import AnswerTruncated
from service.reading.characters import fold_name
from service.reading.models import Frozen, Variable

_NAME_OF_ENTITY = Variable(id="", key="entity", label="", type="text")


class _Row(Frozen):
    """One row as a model answers it."""

    entity: Answer
    values: dict[str, JsonValue]


class _Thing(NamedTuple):
    """What tells one entity of a document from the others."""

    key: str
    zone: int | None  # only where one answer gives the name several times
    number: int  # in one answer, of those with this name and zone


def answer_schema(variables: Sequence[Variable]) -> dict[str, Any]:
    """A strict JSON schema: how many entities there are, then a row for each."""
    entity = prompt.answer_schema([_NAME_OF_ENTITY])["properties"]["entity"]
    row = prompt.closed_object({"entity": entity, "values": prompt.answer_schema(variables)})
    return prompt.closed_object(
        {
            "count": {"type": "integer"},
            "rows": {"type": "array", "items": row},
            "complete": {"type": "boolean"},
        }
    )


def parse_rows(raw: str, variables: Sequence[Variable], cut: bool = False) -> Answers:
    """Judges each row for itself; `cut`: the answer breaks off.

    Flags: truncated (it breaks off), incomplete (it says so itself, or a row cannot be read).
    """
    given = read_object(raw, cut)
    listed = given.get("rows")
    items = listed if isinstance(listed, list) else []
    if cut:
        items = items[:-1]  # the last row of one that breaks off has no end
    rows = [row for item in items if (row := _parse_row(item, variables)) is not None]
    count = given.get("count")
    is_whole = isinstance(listed, list) and len(rows) == len(listed)
    if cut:
        flags: tuple[str, ...] = ("truncated",)
    elif is_whole and given.get("complete") is True:
        flags = ()
    else:
        flags = ("incomplete",)
    return Answers({}, flags, rows=tuple(rows), count=count if type(count) is int else None)


def _parse_row(item: JsonValue, variables: Sequence[Variable]) -> Answers | None:
    """The answers of one row; None where it cannot be read or names no entity."""
    try:
        row = _Row.model_validate(item)
    except ValidationError:
        return None
    if not _entity_key(row.entity):
        return None
    return replace(check_answers(row.values, variables), entity=row.entity)


def entity_cells(
    judge: Judge, variables: Sequence[Variable], replies: Sequence[Answers]
) -> list[Extraction]:
    """Of each entity one cell a variable. Where entities may be missing, each cell says so.

    Raises `ModelError` where entities may be missing and there is none that could say so.
    """
    groups = _group_by_entity(replies)
    is_complete = all(
        not reply.flags and reply.count in (len(reply.rows), len(groups)) for reply in replies
    )
    if not groups and not is_complete:
        raise AnswerTruncated(
            "The list of entities is not complete, and nothing of it could be read"
        )
    doubts = []
    if not is_complete:
        doubts.append("incomplete")
    if judge.parsed.unread_pages:
        doubts.append("unread_pages")
    cells: list[Extraction] = []
    for index, group in enumerate(groups):
        cells += _row_cells(judge, variables, group, row_index=index, doubts=doubts)
    return cells


def _row_cells(
    judge: Judge,
    variables: Sequence[Variable],
    group: list[Answers],
    *,
    row_index: int,
    doubts: Sequence[str],
) -> list[Extraction]:
    """The cells of one entity, from everything that was answered of it."""
    entity = group[0].entity or Answer()
    merged = merge_answers(group)
    name = str(entity.value)
    located = locate(judge.document, entity.quote, zone=entity.zone, raw_value=name)
    flags = [*merged.flags, *doubts]
    if located.page is None:
        flags.append("entity_not_found")
    row_judge = judge._replace(answers=replace(merged, flags=tuple(flags)))
    identity = {"row_index": row_index, "entity": entity.value, "entity_key": _entity_key(entity)}
    return [cell.model_copy(update=identity) for cell in row_judge.cells_of(variables)]


def _entity_key(entity: Answer) -> str:
    """What tells one entity from another: its name without case, accents and spare blanks."""
    if not isinstance(entity.value, str) or "\0" in entity.value:
        return ""
    return fold_name(entity.value)


def _group_by_entity(replies: Sequence[Answers]) -> list[list[Answers]]:
    """Answers about the same entity together, in the order of the document.

    Windows overlap: one name in two of them is one entity. Where a window gives a name several
    times, these are several things of one name; then two windows tell of the same thing where they
    name the same zone.
    """
    repeated = _repeated_names(replies)
    groups: dict[_Thing, list[Answers]] = {}
    for reply in replies:
        seen: Counter[tuple[str, int | None]] = Counter()
        for row in reply.rows:
            entity = row.entity or Answer()
            key = _entity_key(entity)
            zone = entity.zone if key in repeated else None
            thing = _Thing(key, zone, number=seen[key, zone])
            groups.setdefault(thing, []).append(row)
            seen[key, zone] += 1
    return list(groups.values())


def _repeated_names(replies: Sequence[Answers]) -> set[str]:
    """The names that one answer gives several times."""
    repeated = set[str]()
    for reply in replies:
        times = Counter(_entity_key(row.entity or Answer()) for row in reply.rows)
        repeated.update(key for key, count in times.items() if count > 1)
    return repeated
