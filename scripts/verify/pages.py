"""Is a quote printed on a page, and around a box? Looks at the document itself, with MuPDF."""

import re
import unicodedata
from functools import cached_property, lru_cache
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

import pymupdf

from scripts.verify.claims import Box, Claim

SLACK = 1.0  # points that a box may be off
ROW_HEIGHT = 4  # points: words whose middles are nearer than that stand in one row
_DASHES = re.compile("[‐‑‒–—―−]")
_SINGLE_QUOTES = re.compile("[‘’‚‛ʼ`´]")
_DOUBLE_QUOTES = re.compile("[“”„‟«»]")


class Word(NamedTuple):
    """A word and its box in points from the top left of the page as displayed."""

    x0: float
    y0: float
    x1: float
    y1: float
    text: str

    @property
    def middle(self) -> tuple[float, float]:
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2


class Squeezed(NamedTuple):
    """Words as one text without blanks, and the places where words begin or end."""

    text: str
    joints: set[int]


def squeeze(text: str) -> str:
    """Text as compared: one form of each character, no white space, no invisible marks."""
    text = unicodedata.normalize("NFKC", text)
    text = _DOUBLE_QUOTES.sub('"', text)
    text = _SINGLE_QUOTES.sub("'", text)
    text = _DASHES.sub("-", text)
    return "".join(character for character in text if not _is_unseen(character))


def _is_unseen(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) == "Cf"


class Document:
    """The words of a document's pages, as displayed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def pages(self) -> list[list[Word]]:
        """Words by page."""
        with pymupdf.open(self._path) as opened:
            return [_displayed_words(page) for page in opened]

    @lru_cache(maxsize=512)  # noqa: B019  # lives as long as the run
    def texts(self, number: int) -> tuple[Squeezed, Squeezed]:
        """The words of a page in the order of the file, and row by row."""
        words = self.pages[number - 1]
        return _squeeze_words(words), _squeeze_words(sorted(words, key=_row_order))

    def fault_of(self, claim: Claim) -> str:
        """What is wrong with a claim; empty when all of it is printed as claimed."""
        if not claim.quote or claim.page is None or claim.box is None:
            return "no proof given"
        if not 1 <= claim.page <= len(self.pages):
            return "no such page"
        # A list has a quote an item; items after the first may stand on other pages.
        first, *others = [part for part in claim.quote.split("\n") if part.strip()]
        if not self._prints(first, claim.page):
            return "quote not on its page"
        if not all(self._prints_anywhere(part) for part in others):
            return "quote not in the document"
        return self._box_fault(claim.quote, claim.page, claim.box)

    def _prints(self, quote: str, number: int) -> bool:
        wanted = squeeze(quote)
        return bool(wanted) and any(_holds(text, wanted) for text in self.texts(number))

    def _prints_anywhere(self, quote: str) -> bool:
        return any(self._prints(quote, number) for number in range(1, len(self.pages) + 1))

    def _box_fault(self, quote: str, page: int, box: Box) -> str:
        inside = [squeeze(word.text) for word in self.pages[page - 1] if _is_inside(word, box)]
        if not inside:
            return "nothing printed in the box"
        quoted = squeeze(quote)
        if not any(word in quoted or quoted in word for word in inside):
            return "the box is around other words"
        return ""


def _displayed_words(page: pymupdf.Page) -> list[Word]:
    words = []
    for x0, y0, x1, y1, text, *_ in page.get_text("words"):
        box = (pymupdf.Rect(x0, y0, x1, y1) * page.rotation_matrix).normalize()
        words.append(Word(box.x0, box.y0, box.x1, box.y1, text))
    return words


def _row_order(word: Word) -> tuple[int, float]:
    _, y = word.middle
    return round(y / ROW_HEIGHT), word.x0


def _is_inside(word: Word, box: Box) -> bool:
    x0, y0, x1, y1 = box
    x, y = word.middle
    return x0 - SLACK <= x <= x1 + SLACK and y0 - SLACK <= y <= y1 + SLACK


def _squeeze_words(words: list[Word]) -> Squeezed:
    parts = [squeeze(word.text) for word in words]
    return Squeezed("".join(parts), {0, *accumulate(map(len, parts))})


def _holds(printed: Squeezed, wanted: str) -> bool:
    """True where the text holds it whole: no word of it has digits more before or behind."""
    start = printed.text.find(wanted)
    while start >= 0:
        ends = (start, start + len(wanted))
        if not any(_cuts_number(printed, place) for place in ends):
            return True
        start = printed.text.find(wanted, start + 1)
    return False


def _cuts_number(printed: Squeezed, place: int) -> bool:
    """True between two digits of one word."""
    if place in printed.joints:
        return False
    return printed.text[place - 1].isdigit() and printed.text[place].isdigit()


def find_documents(folder: Path) -> dict[str, Path]:
    """Documents of a folder by name."""
    return {path.name: path for path in sorted(folder.rglob("*")) if path.is_file()}
