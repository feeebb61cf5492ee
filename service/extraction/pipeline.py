"""One document: answers → located → normalised → checked → cells. Whoever answers, the judging is the same."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from pydantic import JsonValue

from service.database_contract import ExtractionsEvidence as Evidence
from service.extraction import prompt, values
from service.extraction.answers import Answers
from service.extraction.evidence import DocumentIndex, locate
from service.extraction.models import Answer, Context, Extraction, Located, Variable
from service.parsing.models import Parsed

_WEAKEST_LAST: tuple[Evidence, ...] = ("exact", "split", "moved", "fuzzy", "not_found", "none")


class Asker(Protocol):
    """Who answers: a model bound to a task, or the offline extractor."""

    @property
    def origin(self) -> Literal["model", "offline"]:
        """Printed on every value."""

    @property
    def identity(self) -> Mapping[str, JsonValue]:
        """What its answers depend on; part of the input hash."""

    async def ask(self, context: Context, variables: Sequence[Variable], parsed: Parsed) -> Answers:
        """An answer or a fault for every variable."""


async def extract(context: Context, variables: Sequence[Variable], parsed: Parsed, asker: Asker) -> list[Extraction]:
    """One cell a variable, in their order. What the asker raises passes through; nobody is asked about no text."""
    readable = any(page.source != "none" and (page.words or page.text.strip()) for page in parsed.pages)
    answers = await asker.ask(context, variables, parsed) if variables and readable else None
    # Locating is CPU work of up to seconds on a long document: heartbeats must go on.
    return await asyncio.to_thread(_cells, context, variables, parsed, asker, answers)


def _cells(
    context: Context, variables: Sequence[Variable], parsed: Parsed, asker: Asker, answers: Answers | None
) -> list[Extraction]:
    judge = _Judge(context, parsed, DocumentIndex(parsed), asker.origin)
    text = prompt.text_hash(parsed)
    cells = []
    for variable in variables:
        cell = judge.cell(variable, answers)
        asked = prompt.input_hash(context, variable, text, asker.identity)
        cells.append(cell.model_copy(update={"input_hash": asked, "origin": asker.origin}))
    return cells


@dataclass(frozen=True, slots=True)
class _Found:
    """One value of a cell and what code thinks of it."""

    raw: str
    value: JsonValue
    located: Located
    derivable: bool
    flags: tuple[str, ...]
    readings: tuple[JsonValue, ...]

    @property
    def verified(self) -> bool:
        return values.verified(self.located, self.derivable, self.flags)


@dataclass(frozen=True, slots=True)
class _Judge:
    context: Context
    parsed: Parsed
    index: DocumentIndex
    origin: Literal["model", "offline"]

    def cell(self, variable: Variable, answers: Answers | None) -> Extraction:
        if answers is None:
            return self._absent(variable, Answer(reason="illegible"), ())
        if variable.key not in answers.by_key:
            flags = (answers.faults.get(variable.key, "missing_answer"), *answers.flags)
            return Extraction(variable_id=variable.id, state="failed", flags=flags)
        given = answers.by_key[variable.key]
        items = given if isinstance(given, list) else [given]
        said = [item for item in items if item.value not in (None, "")]
        if not said:
            return self._absent(variable, items[0] if items else Answer(), answers.flags)
        found = [self._find(variable, item) for item in said]
        return self._proposed(variable, found, answers)

    def _absent(self, variable: Variable, answer: Answer, flags: tuple[str, ...]) -> Extraction:
        silent = ("offline_silent",) if self.origin == "offline" else ()
        unread = ("unread_pages",) if self.parsed.unread_pages else ()
        return Extraction(
            variable_id=variable.id,
            state="absent",
            absent_reason=answer.reason or "absent",
            flags=(*silent, *unread, *values.validate(variable, None), *flags),
        )

    def _find(self, variable: Variable, answer: Answer) -> _Found:
        single = variable.model_copy(update={"multiple": False})
        raw = _printed(answer.value)
        located = locate(
            self.index,
            answer.quote,
            zone=answer.zone,
            raw_value=None if isinstance(answer.value, bool) or variable.type == "category" else raw,
            hints=(variable.label, *variable.aliases),
        )
        language = self.context.language
        normal = values.normalise(single, answer.value, language=language, time_zone=self.context.time_zone)
        derivable = normal.value is not None and values.derivable(
            single,
            normal.value,
            located.quote or "",
            language=language,
            raw=answer.value,
            around=self._page_text(located.page),
        )
        doubt = () if answer.reason is None else (f"said_{answer.reason}",)
        flags = (*normal.flags, *doubt)
        return _Found(raw, normal.value, located, derivable, flags, normal.readings)

    def _proposed(self, variable: Variable, found: list[_Found], answers: Answers) -> Extraction:
        first = found[0].located
        held: list[JsonValue] = [item.value for item in found if item.value is not None]
        value: JsonValue = held if variable.multiple and held else found[0].value
        broken = () if value is None else values.validate(variable, value)
        signals = self._signals(variable, found, broken, answers)
        flags = (flag for item in found for flag in item.flags)
        return Extraction(
            variable_id=variable.id,
            state="proposed",
            value=value,
            raw="\n".join(item.raw for item in found),
            quote="\n".join(dict.fromkeys(item.located.quote or "" for item in found)) or None,
            page=first.page,
            box=first.box,
            boxes=tuple(box for item in found if item.located.page == first.page for box in item.located.boxes),
            zone=first.zone,
            evidence=signals["evidence"],
            verified=all(item.verified for item in found),
            confidence=values.confidence(signals),
            signals=signals,
            flags=tuple(dict.fromkeys((*flags, *broken, *answers.flags))),
        )

    def _signals(
        self, variable: Variable, found: list[_Found], broken: tuple[str, ...], answers: Answers
    ) -> dict[str, Any]:
        first = found[0].located
        readings = [reading for item in found for reading in item.readings]
        signals: dict[str, Any] = {
            "evidence": max((item.located.evidence for item in found), key=_WEAKEST_LAST.index),
            "derivable": all(item.derivable for item in found),
            "rules_ok": not broken,
            "ambiguous": bool(readings),
            "source": next((p.source for p in self.parsed.pages if p.number == first.page), "text"),
            "text_quality": next((z.confidence for z in self.parsed.zones if z.position == first.zone), 1.0),
            "occurrences": max(1, len(self.index.places(first.quote or ""))),
        }
        if readings:
            signals["readings"] = readings
        if variable.key in answers.scores:
            signals["offline_score"] = answers.scores[variable.key]
        return signals

    def _page_text(self, number: int | None) -> str:
        return next((page.text for page in self.parsed.pages if page.number == number), "")


def _printed(value: JsonValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
