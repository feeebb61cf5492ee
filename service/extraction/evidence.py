"""Evidence: where a quote is printed. Pure, over the words of a parsed document.

Geometry says which words may follow one another: a quote is never put together from the label of
one row and the value of another.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from rapidfuzz import fuzz

from service.database_contract import ExtractionsEvidence as Evidence
from service.extraction.models import Located
from service.extraction.values.characters import fold
from service.extraction.words import Spot, Stream, compact, height, overlap, union, visual_rows
from service.parsing.models import Parsed

_FUZZY, _LONGEST_FUZZY = 85.0, 600  # per cent, characters: minutes are lost on longer ones
_MOST_PLACES = 200  # of a quote so short that it is everywhere, the first few are as good


def _follows(a: Spot, b: Spot) -> bool:
    """True where b is read right after a: on its line, beside it in its row, or in the line below."""
    if a.page != b.page:
        return False
    if (a.word.zone, a.word.line) == (b.word.zone, b.word.line):
        return True
    if a.row == b.row:
        return b.word.box[0] >= a.word.box[0]
    below = b.cell[1] > a.cell[1] and b.cell[1] - a.cell[3] < max(map(height, (a.cell, b.cell)))
    return below and overlap(a.cell, b.cell)


def _flows(spots: list[Spot], raw: str) -> bool:
    """True for text that a reader reads on: never the label of one row and the value of another."""
    for i, (a, b) in enumerate(pairwise(spots), start=1):
        # Prose may run on in the next column or page; a label and its value do not.
        prose = min(i, len(spots) - i) >= 3 and not re.search(r"\d", a.word.text + b.word.text)
        if not prose and not _follows(a, b):
            return False
    top = "".join(compact(spot.word.text)[0] for spot in spots if spot.row == spots[0].row)
    # A number alone in its line, with the text of the next line, is the value of something above.
    return spots[-1].row == spots[0].row or top != raw or not re.search(r"\d", raw)


def _in_one_row(spots: list[Spot], _raw: str) -> bool:
    return spots[0].row == spots[-1].row


class DocumentIndex:
    """The words of one document, in reading order and row by row. Build once, locate many."""

    def __init__(self, parsed: Parsed) -> None:
        reading: list[Spot] = []
        self.rows: list[list[Spot]] = []
        last = len(parsed.zones) + 1
        for page in parsed.pages:
            words = sorted(page.words, key=lambda word: word.zone if word.zone > 0 else last)
            spots = [Spot(word, page.number) for word in words]
            self.rows += visual_rows(spots, len(self.rows))
            reading += spots
        self.reading = Stream(reading)
        self.by_row = Stream([spot for row in self.rows for spot in row])

    def places(self, quote: str, raw: str = "") -> list[tuple[Stream, int, int]]:
        """Every place that prints the quote verbatim; in rows only if nowhere in reading order."""
        # A model may write a divided word in one, or the cells of a row with bars between them.
        whole = re.sub(r"(?<=[^\W\d_])-\s+(?=[^\W\d_])", "", quote)
        for stream, flows in ((self.reading, _flows), (self.by_row, _in_one_row)):
            for variant in dict.fromkeys((quote, whole, quote.replace("|", " "))):
                length, body = len(compact(variant)[0]), compact(raw)[0]
                spans = [(at, at + length) for at in stream.find(variant)]
                if spans := [span for span in spans if flows(stream.span(*span), body)]:
                    return [(stream, start, end) for start, end in spans]
        return []

    def distance(self, stream: Stream, at: int, hints: re.Pattern[str] | None) -> float:
        """How far a hint stands from a place: in its row to the left, else above it, else nowhere."""
        if hints is None:
            return 0.0
        i = stream.word(at)
        spot = stream.spots[i]
        before = [s for s in self.rows[spot.row] if s.word.box[0] < spot.word.box[0]]
        left = _names(before, stream.text[stream.begins[i] : at])
        ends = [match.end() for match in hints.finditer(left)]
        if ends:
            return float(len(left) - ends[-1])
        above = self.rows[spot.row - 1] if spot.row else []
        over = [s for s in above if s.page == spot.page and overlap(s.cell, spot.cell)]
        return 500.0 if hints.search(_names(over)) else 1000.0


def _names(spots: Sequence[Spot], rest: str = "") -> str:
    return " ".join([*(fold(spot.word.text) for spot in spots), rest]).casefold()


def _located(stream: Stream, start: int, end: int, at: int, to: int, **how: Any) -> Located:
    value, boxes = stream.span(at, to)[0], tuple(stream.boxes(start, end))
    zone = value.word.zone if value.word.zone > 0 else None
    quote, box = stream.printed(start, end), union(stream.boxes(at, to))
    return Located(page=value.page, box=box, boxes=boxes, zone=zone, quote=quote, **how)


def _approximate(index: DocumentIndex, quote: str) -> Located:
    stream, wanted = index.reading, compact(quote)[0].lower()
    text = stream.text.lower()
    comparable = len(wanted) <= min(_LONGEST_FUZZY, len(text)) and len(text) == len(stream.text)
    near = fuzz.partial_ratio_alignment(wanted, text, score_cutoff=_FUZZY) if comparable else None
    if near:
        start = stream.begins[stream.word(near.dest_start)]
        end = stream.begins[stream.word(near.dest_end - 1) + 1]
        # Other digits are another thing, however alike the text.
        if re.findall(r"\d", wanted) == re.findall(r"\d", text[start:end]):
            score = round(near.score / 100, 4)
            return _located(stream, start, end, start, end, evidence="fuzzy", score=score)
    return Located(evidence="not_found", quote=quote)


def locate(
    index: DocumentIndex, quote: str | None, *, zone: int | None, raw_value: str | None, hints: Sequence[str] = ()
) -> Located:
    """Where the quote is printed: `box` around the value in it, `boxes` one a line of the quote.

    Of several places: the claimed zone, then the one nearest to a hint (label or alias to the left
    or above), then the first. The answer's `quote` is what the page prints there, in whole words.
    """
    if not quote or not compact(quote)[0]:
        return Located(evidence="none")
    raw, names = (raw_value or "", [re.escape(_names([], hint).strip()) for hint in hints if hint.strip()])
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(names)})(?!\w)") if any(names) else None
    places = index.places(quote, raw)
    claimed = [p for p in places if zone in {spot.word.zone for spot in p[0].span(*p[1:])}]
    best: tuple[bool, float, int, int, int, int] | None = None
    for stream, start, end in (claimed or places)[:_MOST_PLACES]:
        spots, length = stream.span(start, end), len(compact(raw)[0])
        values = [(at, at + length) for at in stream.find(raw, start, end)] or [(start, end)]
        apart = len({(spot.word.zone, spot.row) for spot in spots}) > 1
        ranked = [(apart, index.distance(stream, at, pattern), at, to, start, end) for at, to in values]
        best = min([*ranked, best] if best else ranked)
    if best is None:
        return _approximate(index, quote)
    apart, _, at, to, start, end = best
    evidence: Evidence = "split" if apart else "exact" if claimed else "moved"
    return _located(stream, start, end, at, to, evidence=evidence, score=1.0)
