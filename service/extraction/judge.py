"""Answers → located → normalised → checked → cells. Pure: whoever answered, the judging is the same."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from service.canonical import canonical
from service.evidence import proof
from service.evidence.confidence import confidence
from service.evidence.locate import DocumentIndex, locate
from service.evidence.models import Located
from service.extraction import prompt
from service.extraction.answers import Answers
from service.extraction.models import Answer, Context, Extraction
from service.generated.contract import ExtractionsAbsentReason, ExtractionsOrigin
from service.parsing.models import Parsed
from service.reading import rules
from service.reading.models import Normalised, Variable
from service.reading.values import normalise

_WEAKEST_LAST = ("exact", "split", "moved", "fuzzy", "not_found", "none")


class _Found(NamedTuple):
    """One value of a cell: where it is printed, what it means, and whether the one says the other."""

    raw: str
    located: Located
    normal: Normalised
    derivable: bool


class Judge(NamedTuple):
    """What is known when the answers to a document are judged."""

    context: Context
    parsed: Parsed
    document: DocumentIndex
    origin: ExtractionsOrigin
    document_hash: str
    answers: Answers

    def cells(self, variables: Sequence[Variable]) -> list[Extraction]:
        """One a variable, in their order."""

        def made(variable: Variable) -> Extraction:
            asked = prompt.input_hash(self.document_hash, variable)
            return Extraction(
                variable_id=variable.id,
                input_hash=asked,
                origin=self.origin,
                **self._cell(variable),
            )

        return [*map(made, variables)]

    def _cell(self, variable: Variable) -> dict[str, Any]:
        items, fault = (
            self.answers.by_key.get(variable.key, []),
            self.answers.faults.get(variable.key),
        )
        said = [item for item in items if item.value not in (None, "")]
        if variable.key not in self.answers.by_key or (fault and not said):
            return {"state": "failed", "flags": [fault or "missing_answer", *self.answers.flags]}
        if not said:
            return self._absent(variable, [item.reason for item in items if item.reason])
        notes, told = [fault, "incomplete"] if fault else [], len(said)
        if variable.multiple:
            notes += ["unread_pages"] if self.parsed.unread_pages else []
            said = {"first": said[:1], "last": said[-1:]}.get(
                variable.several, said[: variable.max_values]
            )
            notes += ["values_cut"] if len(said) == variable.max_values and told > len(said) else []
        found = [self._find(variable, item) for item in said]
        chosen = found if variable.multiple or len(found) == 1 else [self._best(variable, found)]
        return self._proposed(variable, chosen, notes)

    def _best(self, variable: Variable, found: list[_Found]) -> _Found:
        """Of the answers of several windows the best proven; where two that are proven differ, neither."""
        fit = [
            f
            for f in found
            if f.normal.value is not None and not rules.validate(variable, f.normal.value)
        ]
        proven = [f for f in fit if proof.verified(f.located, f.derivable, f.normal.flags)]
        best = min(proven or fit or found, key=lambda f: _WEAKEST_LAST.index(f.located.evidence))
        readings = {canonical(f.normal.value): f.normal.value for f in proven}
        if len(readings) < 2:
            return best
        return best._replace(
            normal=Normalised(readings=tuple(readings.values()), flags=("conflict",)),
            derivable=False,
        )

    def _absent(self, variable: Variable, reasons: list[ExtractionsAbsentReason]) -> dict[str, Any]:
        silent = ["offline_silent"] if self.origin == "offline" else []
        unread = ["unread_pages"] if self.parsed.unread_pages else []
        flags = [*silent, *unread, *rules.validate(variable, None), *self.answers.flags]
        told = next((reason for reason in reasons if reason != "absent"), "absent")
        return {"state": "absent", "absent_reason": told, "flags": flags}

    def _find(self, variable: Variable, answer: Answer) -> _Found:
        language = self.context.language
        normal = normalise(variable, answer.value, language=language)
        if normal.readings and variable.uncertainty_action == "best_guess":
            likeliest = next(
                (r for r in normal.readings if not rules.validate(variable, r)), normal.readings[0]
            )
            normal = normal.model_copy(update={"value": likeliest})
        raw = answer.value if isinstance(answer.value, str) else json.dumps(answer.value)
        # A yes or no and a category are proven by their whole quote.
        part, hints = (
            "" if variable.type in ("boolean", "category") else raw,
            (variable.label, *variable.aliases),
        )
        located = locate(self.document, answer.quote, zone=answer.zone, raw_value=part, hints=hints)
        around = next((page.text for page in self.parsed.pages if page.number == located.page), "")
        quote = located.quote or ""
        derivable = proof.derivable(
            variable, normal.value, quote, language=language, raw=answer.value, around=around
        )
        return _Found(raw, located, normal, derivable)

    def _proposed(
        self, variable: Variable, found: list[_Found], notes: list[str]
    ) -> dict[str, Any]:
        first = found[0].located
        read = [item for item in found if item.normal.value is not None]
        held = [item.normal.value for item in read]
        joined = "; ".join(
            item.normal.value if isinstance(item.normal.value, str) else item.raw for item in read
        )
        several = variable.several if variable.multiple else "first"
        value = {"all": held, "joined": joined}.get(several, held[0]) if held else None
        broken = rules.validate(variable, held) if held else ()
        flags = [
            *(flag for item in found for flag in item.normal.flags),
            *broken,
            *notes,
            *self.answers.flags,
        ]
        signals = self._signals(found) | {"rules_ok": not broken}
        if broken and "message" in variable.rules:
            signals["message"] = variable.rules["message"]
        return first.model_dump() | {
            "state": "proposed",
            "value": value,
            "raw": "\n".join(item.raw for item in found),
            "quote": "\n".join(dict.fromkeys(item.located.quote or "" for item in found)) or None,
            "boxes": [
                box
                for item in found
                if item.located.page == first.page
                for box in item.located.boxes
            ],
            "evidence": signals["evidence"],
            "verified": all(
                proof.verified(item.located, item.derivable, item.normal.flags) for item in found
            ),
            "confidence": confidence(signals),
            "signals": signals,
            "flags": list(dict.fromkeys(flags)),
        }

    def _signals(self, found: list[_Found]) -> dict[str, Any]:
        first = found[0].located
        readings = [reading for item in found for reading in item.normal.readings]
        return {
            "origin": self.origin,
            "evidence": max((item.located.evidence for item in found), key=_WEAKEST_LAST.index),
            "derivable": all(item.derivable for item in found),
            "ambiguous": bool(readings),
            "readings": readings,
            "source": next(
                (page.source for page in self.parsed.pages if page.number == first.page), "text"
            ),
            "text_quality": next(
                (z.confidence for z in self.parsed.zones if z.position == first.zone), 1.0
            ),
            "occurrences": len(self.document.places(first.quote or "")),
        }
