"""Evidence: where a quote is printed, over the words of a parsed document.

Geometry says which words may follow one another: a quote is never put together from the label of
one row and the value of another.
"""

import re
from collections.abc import Sequence
from itertools import chain, pairwise
from typing import NamedTuple

from rapidfuzz import fuzz

from service.evidence.models import Located
from service.evidence.words import (
    Cell,
    Span,
    Spot,
    Stream,
    compact_text,
    height_of,
    place_words,
    text_of,
)
from service.generated.contract import ExtractionsEvidence as Evidence
from service.parsing.models import Box, Parsed
from service.parsing.shapes import box_around, overlap_along
from service.reading.characters import fold_text

_FUZZY = 85.0  # per cent of a quote that must agree
_LONGEST_FUZZY = 600  # characters: minutes are lost on longer ones
_MOST_PLACES = 200  # of a quote so short that it is everywhere, the first few are as good
_WORDS_OF_PROSE = 3  # as many on each side of a break show that a text runs on there
_DIGIT = re.compile(r"\d")


class Places(NamedTuple):
    """Every place that prints a quote verbatim."""

    stream: Stream
    spans: list[Span]


class _Candidate(NamedTuple):
    """A place that may be meant; the least is the best."""

    is_split: bool
    distance: float  # from a hint
    value: Span
    quoted: Span


class DocumentIndex:
    """The words of one document, in reading order and row by row. Build once, locate many."""

    def __init__(self, parsed: Parsed) -> None:
        reading: list[Spot] = []
        self.rows: list[list[Cell]] = []
        for page in parsed.pages:
            placed = place_words(page, first_row=len(self.rows))
            reading += placed.reading
            self.rows += placed.rows
        self.reading = Stream(reading)
        self.by_row = Stream([spot for row in self.rows for spot in chain(*row)])

    def places(self, quote: str, value: str = "") -> Places:
        """Where the quote is printed; row by row only where reading order has it nowhere."""
        for stream in (self.reading, self.by_row):
            spans = [span for span in stream.find(quote) if _reads_on(stream.spots_of(span), value)]
            if spans:
                return Places(stream, spans)
        return Places(self.reading, [])

    def hint_distance(self, stream: Stream, character: int, hints: re.Pattern[str]) -> float:
        """How far a hint stands from a place: left of it in its row is near, above is farther."""
        word = stream.word_at(character)
        spot = stream.spots[word]
        row_above = self.rows[spot.row - 1] if spot.row else []
        cells_above = [cell for cell in row_above if _is_above(cell[0], spot)]
        to_the_left = [
            other for other in chain(*self.rows[spot.row]) if other.word.box[0] < spot.word.box[0]
        ]
        in_word = stream.text[stream.begins[word] : character]
        before = f"{text_of(chain(*cells_above))} | {text_of(to_the_left)} {in_word}"
        before = fold_text(before).casefold()
        hint_ends = [match.end() for match in hints.finditer(before)]
        return len(before) - hint_ends[-1] if hint_ends else float("inf")


def locate(
    index: DocumentIndex,
    quote: str | None,
    *,
    zone: int | None,
    raw_value: str,
    hints: Sequence[str] = (),
) -> Located:
    """Where the quote is printed: `box` around the value in it, `boxes` one a line of the quote.

    Of several places: the claimed zone, then the one nearest to a hint (label or alias to the left
    or above), then the first. The answer's `quote` is what the page prints there, in whole words.
    """
    if not quote or not compact_text(quote):
        return Located()
    stream, spans = index.places(quote, raw_value)
    if not spans:
        return _locate_nearly(index.reading, quote)
    in_claimed_zone = [span for span in spans if _touches_zone(stream.spots_of(span), zone)]
    hint_pattern = _pattern_of_hints(hints)
    candidates = []
    for quoted in (in_claimed_zone or spans)[:_MOST_PLACES]:
        is_split = _is_split(stream.spots_of(quoted))
        for value in stream.find(raw_value, within=quoted) or [quoted]:
            distance = index.hint_distance(stream, value.start, hint_pattern)
            candidates.append(_Candidate(is_split, distance, value, quoted))
    best = min(candidates)
    evidence: Evidence = "exact" if in_claimed_zone else "moved"
    if best.is_split:
        evidence = "split"
    return _located(evidence, stream, quoted=best.quoted, value=best.value)


def _locate_nearly(stream: Stream, quote: str) -> Located:
    """Where a text stands that is nearly the quote, with the same digits."""
    not_found = Located(evidence="not_found", quote=quote)
    wanted = compact_text(quote)
    if len(wanted) > min(_LONGEST_FUZZY, len(stream.text)):
        return not_found
    near = fuzz.partial_ratio_alignment(wanted, stream.text, score_cutoff=_FUZZY)
    if not near:
        return not_found
    whole_words = Span(
        stream.begins[stream.word_at(near.dest_start)],
        stream.begins[stream.word_at(near.dest_end - 1) + 1],
    )
    # Other digits are another thing, however alike the text.
    if _DIGIT.findall(wanted) != _DIGIT.findall(stream.text[whole_words.start : whole_words.end]):
        return not_found
    return _located("fuzzy", stream, quoted=whole_words, value=whole_words)


def _located(evidence: Evidence, stream: Stream, *, quoted: Span, value: Span) -> Located:
    first = stream.spots_of(value)[0]
    return Located(
        evidence=evidence,
        page=first.page,
        box=box_around(stream.boxes_of(value)),
        boxes=tuple(stream.boxes_of(quoted)),
        zone=first.word.zone if first.word.zone > 0 else None,
        quote=stream.printed_text(quoted),
    )


def _pattern_of_hints(hints: Sequence[str]) -> re.Pattern[str]:
    """A pattern for any of the hints as whole words; without hints one that never matches."""
    names = [re.escape(fold_text(hint).casefold().strip()) for hint in hints if hint.strip()]
    if not names:
        return re.compile(r"(?!)")
    return re.compile(rf"(?<!\w)(?:{'|'.join(names)})(?!\w)")


def _touches_zone(spots: list[Spot], zone: int | None) -> bool:
    return any(spot.word.zone == zone for spot in spots)


def _is_split(spots: list[Spot]) -> bool:
    """True for words of several zones or rows."""
    return len({(spot.word.zone, spot.row) for spot in spots}) > 1


def _is_above(upper: Spot, lower: Spot) -> bool:
    """True where the cell of one stands over that of the other, on the same page."""
    return upper.page == lower.page and overlap_along(upper.cell, lower.cell, 0) > 0


def _reads_on(spots: list[Spot], value: str) -> bool:
    """True for text that a reader reads on: never the label of one row and the value of another."""
    for words_before, (left, right) in enumerate(pairwise(spots), start=1):
        if _follows(left, right):
            continue
        # Prose may run on in the next column or page; a label and its value do not.
        words_behind = len(spots) - words_before
        if min(words_before, words_behind) < _WORDS_OF_PROSE:
            return False
        if _DIGIT.search(left.word.text + right.word.text):
            return False
    first_row = spots[0].row
    if spots[-1].row == first_row or not _DIGIT.search(value):
        return True
    # A number alone in its line, with the text of the next line, is the value of something above.
    top_line = text_of(spot for spot in spots if spot.row == first_row)
    return compact_text(top_line) != compact_text(value)


def _follows(left: Spot, right: Spot) -> bool:
    """True where the right word is read next: on the line, in the row, or in the line below."""
    same_zone = left.page == right.page and left.word.zone == right.word.zone
    if same_zone and left.word.line == right.word.line:
        return True
    if left.row == right.row:
        return right.word.box[0] >= left.word.box[0]
    return left.page == right.page and _is_next_line(left.cell, right.cell)


def _is_next_line(upper: Box, lower: Box) -> bool:
    """True where the second cell stands under the first, with less than a line between."""
    gap = lower[1] - upper[3]
    return (
        lower[1] > upper[1]
        and gap < max(height_of(upper), height_of(lower))
        and overlap_along(upper, lower, 0) > 0
    )
