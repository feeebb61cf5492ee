"""Answers → located → normalised → checked → cells. Whoever answered, the judging is the same."""

import json
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

from pydantic import JsonValue

from service.canonical import canonical
from service.evidence.confidence import confidence
from service.evidence.locate import DocumentIndex, locate
from service.evidence.models import Located, PageSource, Signals
from service.evidence.proof import is_derivable, is_verified
from service.extraction import prompt
from service.extraction.answers import Answers
from service.extraction.models import Answer, Context, Extraction
from service.generated.contract import (
    ExtractionsAbsentReason,
    ExtractionsEvidence,
    ExtractionsOrigin,
)
from service.parsing.models import Box, Parsed
from service.reading.models import Normalised, Variable
from service.reading.rules import broken_rules
from service.reading.values import normalise

_WEAKEST_LAST = ("exact", "split", "moved", "fuzzy", "not_found", "none")
_PROVEN_BY_WHOLE_QUOTE = ("boolean", "category")


class _Found(NamedTuple):
    """One value of a cell: where it is printed, what it means, and whether the print says so."""

    raw: str
    located: Located
    normal: Normalised
    derivable: bool

    @property
    def is_proven(self) -> bool:
        return is_verified(self.located, self.derivable, self.normal.flags)

    @property
    def weakness(self) -> int:
        """The higher, the weaker the evidence."""
        return _WEAKEST_LAST.index(self.located.evidence)


class Judge(NamedTuple):
    """What is known when the answers to a document are judged."""

    context: Context
    parsed: Parsed
    document: DocumentIndex
    origin: ExtractionsOrigin
    document_hash: str
    answers: Answers

    def cells_of(self, variables: Sequence[Variable]) -> list[Extraction]:
        """One a variable, in their order."""
        return [self._cell_of(variable) for variable in variables]

    def _cell_of(self, variable: Variable) -> Extraction:
        answers = self.answers.by_key.get(variable.key)
        fault = self.answers.faults.get(variable.key)
        with_value = [answer for answer in answers or () if answer.value not in (None, "")]
        if answers is None or (fault and not with_value):
            return self._failed_cell(variable, fault or "missing_answer")
        if not with_value:
            return self._absent_cell(variable, answers)
        flags = [fault, "incomplete"] if fault else []
        if variable.multiple:
            return self._cell_of_several(variable, with_value, flags)
        found = [self._find_value(variable, answer) for answer in with_value]
        best = found[0] if len(found) == 1 else _best_proven(variable, found)
        return self._proposed_cell(variable, [best], flags)

    def _cell_of_several(
        self, variable: Variable, answers: list[Answer], flags: list[str]
    ) -> Extraction:
        """The cell of those values that a list keeps; only they are looked up."""
        kept = _kept_answers(variable, answers)
        if self.parsed.unread_pages:
            flags = [*flags, "unread_pages"]
        if len(kept) == variable.max_values and len(kept) < len(answers):
            flags = [*flags, "values_cut"]
        found = [self._find_value(variable, answer) for answer in kept]
        return self._proposed_cell(variable, found, flags)

    def _failed_cell(self, variable: Variable, fault: str) -> Extraction:
        return Extraction(
            variable_id=variable.id,
            input_hash=prompt.input_hash(self.document_hash, variable),
            origin=self.origin,
            state="failed",
            flags=(fault, *self.answers.flags),
        )

    def _absent_cell(self, variable: Variable, answers: list[Answer]) -> Extraction:
        flags = []
        if self.origin == "offline":
            flags.append("offline_silent")
        if self.parsed.unread_pages:
            flags.append("unread_pages")
        return Extraction(
            variable_id=variable.id,
            input_hash=prompt.input_hash(self.document_hash, variable),
            origin=self.origin,
            state="absent",
            absent_reason=_most_telling_reason(answers),
            flags=(*flags, *broken_rules(variable, None), *self.answers.flags),
        )

    def _find_value(self, variable: Variable, answer: Answer) -> _Found:
        """Where the value of an answer is printed, and what it means."""
        language = self.context.language
        raw = answer.value if isinstance(answer.value, str) else json.dumps(answer.value)
        located = locate(
            self.document,
            answer.quote,
            zone=answer.zone,
            raw_value="" if variable.type in _PROVEN_BY_WHOLE_QUOTE else raw,
            hints=(variable.label, *variable.aliases),
        )
        normal = normalise(variable, answer.value, language=language)
        if normal.readings and variable.uncertainty_action == "best_guess":
            normal = normal.model_copy(update={"value": _likeliest_reading(variable, normal)})
        derivable = is_derivable(
            variable,
            normal.value,
            located.quote or "",
            language=language,
            raw=answer.value,
            page_text=self._text_of_page(located.page),
        )
        return _Found(raw, located, normal, derivable)

    def _text_of_page(self, number: int | None) -> str:
        return next((page.text for page in self.parsed.pages if page.number == number), "")

    def _source_of_page(self, number: int | None) -> PageSource:
        return next((page.source for page in self.parsed.pages if page.number == number), "text")

    def _quality_of_zone(self, position: int | None) -> float:
        zones = self.parsed.zones
        return next((zone.confidence for zone in zones if zone.position == position), 1.0)

    def _proposed_cell(
        self, variable: Variable, found: list[_Found], flags: list[str]
    ) -> Extraction:
        first = found[0].located
        values: list[JsonValue] = [
            item.normal.value for item in found if item.normal.value is not None
        ]
        rule_flags = broken_rules(variable, values) if values else ()
        signals = self._signals_of(found, rules_ok=not rule_flags)
        value_flags = chain.from_iterable(item.normal.flags for item in found)
        all_flags = [*value_flags, *rule_flags, *flags, *self.answers.flags]
        return Extraction(
            variable_id=variable.id,
            input_hash=prompt.input_hash(self.document_hash, variable),
            origin=self.origin,
            state="proposed",
            value=_kept_value(variable, found),
            raw="\n".join(item.raw for item in found),
            quote=_joined_quotes(found),
            page=first.page,
            zone=first.zone,
            box=first.box,
            boxes=_boxes_on_page(found, first.page),
            evidence=signals.evidence,
            verified=all(item.is_proven for item in found),
            confidence=confidence(signals),
            signals=signals.as_json() | _message_for_people(variable, rule_flags),
            flags=tuple(dict.fromkeys(all_flags)),
        )

    def _signals_of(self, found: list[_Found], *, rules_ok: bool) -> Signals:
        first = found[0].located
        readings = list(chain.from_iterable(item.normal.readings for item in found))
        return Signals(
            origin=self.origin,
            evidence=_weakest_evidence(found),
            derivable=all(item.derivable for item in found),
            ambiguous=bool(readings),
            readings=readings,
            source=self._source_of_page(first.page),
            text_quality=self._quality_of_zone(first.zone),
            occurrences=len(self.document.places(first.quote or "").spans),
            rules_ok=rules_ok,
        )


def _best_proven(variable: Variable, found: list[_Found]) -> _Found:
    """Of the answers of several windows the best proven; neither where two proven ones differ."""
    usable = [item for item in found if _is_usable(variable, item.normal.value)]
    proven = [item for item in usable if item.is_proven]
    best = min(proven or usable or found, key=lambda item: item.weakness)
    different = {canonical(item.normal.value): item.normal.value for item in proven}
    if len(different) < 2:
        return best
    conflict = Normalised(readings=tuple(different.values()), flags=("conflict",))
    return best._replace(normal=conflict, derivable=False)


def _is_usable(variable: Variable, value: JsonValue) -> bool:
    return value is not None and not broken_rules(variable, value)


def _kept_answers(variable: Variable, answers: list[Answer]) -> list[Answer]:
    """Which of several values the variable keeps."""
    match variable.several:
        case "first":
            return answers[:1]
        case "last":
            return answers[-1:]
    return answers[: variable.max_values]


def _kept_value(variable: Variable, found: list[_Found]) -> JsonValue:
    """What the cell holds of the values that could be read: one, a list, or all as one text."""
    readable = [item for item in found if item.normal.value is not None]
    if not readable:
        return None
    if variable.multiple and variable.several == "all":
        return [item.normal.value for item in readable]
    if variable.multiple and variable.several == "joined":
        return "; ".join(_text_of_value(item) for item in readable)
    return readable[0].normal.value


def _text_of_value(item: _Found) -> str:
    return item.normal.value if isinstance(item.normal.value, str) else item.raw


def _likeliest_reading(variable: Variable, normal: Normalised) -> JsonValue:
    """The first reading that breaks no rule, else the first."""
    keeping_rules = (r for r in normal.readings if not broken_rules(variable, r))
    return next(keeping_rules, normal.readings[0])


def _most_telling_reason(answers: Iterable[Answer]) -> ExtractionsAbsentReason:
    """Why there is no value: the first reason that says more than that it is absent."""
    reasons = (answer.reason for answer in answers)
    return next((reason for reason in reasons if reason and reason != "absent"), "absent")


def _weakest_evidence(found: list[_Found]) -> ExtractionsEvidence:
    """A list is as well proven as its weakest value."""
    return max(found, key=lambda item: item.weakness).located.evidence


def _joined_quotes(found: list[_Found]) -> str | None:
    """The different quotes, one a line."""
    quotes = dict.fromkeys(item.located.quote or "" for item in found)
    return "\n".join(quotes) or None


def _boxes_on_page(found: list[_Found], page: int | None) -> tuple[Box, ...]:
    """A cell shows one page: the boxes of quotes on it."""
    boxes: list[Box] = []
    for item in found:
        if item.located.page == page:
            boxes += item.located.boxes
    return tuple(boxes)


def _message_for_people(variable: Variable, broken: tuple[str, ...]) -> dict[str, JsonValue]:
    """What people are to read of a broken rule."""
    if not broken or "message" not in variable.rules:
        return {}
    return {"message": variable.rules["message"]}
