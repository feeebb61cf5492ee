"""Evidence: where a quote is printed. Pure, over the words of a parsed document.

Geometry says which words may follow one another: a quote is never put together from the label of
one row and the value of another.
"""

import re
from collections.abc import Sequence
from itertools import chain, pairwise

from rapidfuzz import fuzz

from service.evidence.models import Located
from service.evidence.words import Cell, Spot, Stream, compact, height, text_of, visual_rows
from service.generated.contract import ExtractionsEvidence as Evidence
from service.parsing.models import Parsed
from service.parsing.shapes import share, union
from service.reading.characters import fold

_FUZZY, _LONGEST_FUZZY = 85.0, 600  # per cent, characters: minutes are lost on longer ones
_MOST_PLACES = 200  # of a quote so short that it is everywhere, the first few are as good


def _follows(a: Spot, b: Spot) -> bool:
    """True where b is read right after a: on its line, beside it in its row, or in the line below."""
    if (a.page, a.word.zone, a.word.line) == (b.page, b.word.zone, b.word.line):
        return True
    if a.row == b.row:
        return b.word.box[0] >= a.word.box[0]
    below = b.cell[1] > a.cell[1] and b.cell[1] - a.cell[3] < max(height(a.cell), height(b.cell))
    return a.page == b.page and below and share(a.cell, b.cell, 0) > 0


def _flows(spots: list[Spot], value: str) -> bool:
    """True for text that a reader reads on: never the label of one row and the value of another."""
    for i, (a, b) in enumerate(pairwise(spots), start=1):
        # Prose may run on in the next column or page; a label and its value do not.
        prose = min(i, len(spots) - i) >= 3 and not re.search(r"\d", a.word.text + b.word.text)
        if not prose and not _follows(a, b):
            return False
    top = compact(text_of(spot for spot in spots if spot.row == spots[0].row))
    # A number alone in its line, with the text of the next line, is the value of something above.
    return spots[-1].row == spots[0].row or top != compact(value) or not re.search(r"\d", value)


class DocumentIndex:
    """The words of one document, in reading order and row by row. Build once, locate many."""

    def __init__(self, parsed: Parsed) -> None:
        reading: list[Spot] = []
        self.rows: list[list[Cell]] = []
        for page in parsed.pages:
            # Words outside every zone are read last.
            in_order = sorted(page.words, key=lambda word: (word.zone < 1, word.zone))
            spots = [Spot(word, page.number) for word in in_order]
            self.rows += visual_rows(spots, len(self.rows))
            reading += spots
        self.reading = Stream(reading)
        self.by_row = Stream([spot for row in self.rows for cell in row for spot in cell])

    def places(self, quote: str, value: str = "") -> list[tuple[Stream, int, int]]:
        """Every place that prints the quote verbatim; in rows only if nowhere in reading order."""
        every = (
            [(s, *at) for at in s.find(quote) if _flows(s.span(*at), value)]
            for s in (self.reading, self.by_row)
        )
        return next(filter(None, every), [])

    def distance(self, stream: Stream, at: int, hints: re.Pattern[str]) -> float:
        """How far a hint stands from a place: to the left in its row is near, above it is farther."""
        i = stream.word(at)
        spot = stream.spots[i]
        above = self.rows[spot.row - 1] if spot.row else []
        over = [
            cell
            for cell in above
            if cell[0].page == spot.page and share(cell[0].cell, spot.cell, 0) > 0
        ]
        left = [s for s in chain(*self.rows[spot.row]) if s.word.box[0] < spot.word.box[0]]
        words = f"{text_of(chain(*over))} | {text_of(left)} {stream.text[stream.begins[i] : at]}"
        before = fold(words).casefold()
        ends = [match.end() for match in hints.finditer(before)]
        return len(before) - ends[-1] if ends else float("inf")


def _located(
    evidence: Evidence, stream: Stream, quoted: tuple[int, int], value: tuple[int, int]
) -> Located:
    first, box = stream.span(*value)[0], union(stream.boxes(*value))
    boxes, quote = tuple(stream.boxes(*quoted)), stream.printed(*quoted)
    zone = first.word.zone if first.word.zone > 0 else None
    return Located(evidence=evidence, page=first.page, box=box, boxes=boxes, zone=zone, quote=quote)


def _approximate(stream: Stream, quote: str) -> Located:
    wanted, text = compact(quote), stream.text
    comparable = len(wanted) <= min(_LONGEST_FUZZY, len(text))
    if comparable and (near := fuzz.partial_ratio_alignment(wanted, text, score_cutoff=_FUZZY)):
        span = (
            stream.begins[stream.word(near.dest_start)],
            stream.begins[stream.word(near.dest_end - 1) + 1],
        )
        # Other digits are another thing, however alike the text.
        if re.findall(r"\d", wanted) == re.findall(r"\d", text[slice(*span)]):
            return _located("fuzzy", stream, span, span)
    return Located(evidence="not_found", quote=quote)


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
    if not quote or not compact(quote):
        return Located()
    names = "|".join(re.escape(fold(hint).casefold().strip()) for hint in hints if hint.strip())
    pattern = re.compile(rf"(?<!\w)(?:{names})(?!\w)" if names else "(?!)")
    places = index.places(quote, raw_value)
    claimed = [p for p in places if zone in {spot.word.zone for spot in p[0].span(*p[1:])}]
    ranked = []
    for stream, start, end in (claimed or places)[:_MOST_PLACES]:
        split = len({(spot.word.zone, spot.row) for spot in stream.span(start, end)}) > 1
        values = stream.find(raw_value, start, end) or [(start, end)]
        ranked += [
            (split, index.distance(stream, at, pattern), at, to, start, end) for at, to in values
        ]
    if not ranked:
        return _approximate(index.reading, quote)
    split, _, at, to, start, end = min(ranked)
    return _located(
        "split" if split else "exact" if claimed else "moved", places[0][0], (start, end), (at, to)
    )
