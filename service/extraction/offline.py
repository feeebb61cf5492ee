"""The offline extractor: labels and layout instead of a model. Silent where it does not know.

Where a value may stand is in `offline_search`, what labels are called in `offline_words`, what reads as a value in
`offline_reading`. Two values that fit equally well are no answer.
"""

import asyncio
from collections.abc import Sequence
from typing import Literal

from pydantic import JsonValue

from service.extraction.answers import Answers
from service.extraction.evidence import DocumentIndex
from service.extraction.models import Answer, Context, Variable
from service.extraction.offline_layout import cells
from service.extraction.offline_search import Candidate, Search
from service.extraction.offline_words import known, phrases
from service.parsing.models import Parsed

VERSION = "offline-1"
_TIE = 0.05


class OfflineModel:
    """Answers like a model, at no cost and with no network."""

    origin: Literal["offline"] = "offline"

    @property
    def identity(self) -> dict[str, JsonValue]:
        """The version stands for the rules."""
        return {"model": VERSION}

    async def ask(self, context: Context, variables: Sequence[Variable], parsed: Parsed) -> Answers:
        """One answer a variable: value, verbatim quote and zone, or null with reason absent."""
        return await asyncio.to_thread(_answers, context, variables, parsed)


def _answers(context: Context, variables: Sequence[Variable], parsed: Parsed) -> Answers:
    rows = [cells(row) for row in DocumentIndex(parsed).rows]
    labels = known().union(*(phrases([v.key, v.label, *v.aliases]) for v in variables))
    by_key: dict[str, Answer | list[Answer]] = {}
    scores = {}
    for variable in variables:
        best = _best(list(Search(variable, context.language, rows, labels).candidates()))
        if best:
            scores[variable.key] = min(candidate.score for candidate in best)
        if variable.multiple:
            by_key[variable.key] = [candidate.answer for candidate in best]
        else:
            by_key[variable.key] = best[0].answer if len(best) == 1 else Answer(reason="absent")
    return Answers(by_key, scores=scores)


def _best(found: list[Candidate]) -> list[Candidate]:
    """The first candidate of each value that no other value outdoes."""
    top = max((candidate.score for candidate in found), default=0) - _TIE
    distinct: dict[str, Candidate] = {}
    for candidate in sorted(found, key=lambda candidate: -candidate.score):
        if candidate.score >= top:
            distinct.setdefault(candidate.key, candidate)
    return list(distinct.values())
