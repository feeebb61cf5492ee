"""Is a quote printed on a page, and around a box? Looks at the document itself, by MuPDF's words alone."""

import re
import unicodedata
from functools import cached_property, lru_cache
from itertools import accumulate
from pathlib import Path

import pymupdf

from scripts.verify.claims import Claim

SLACK = 1.0  # points that a box may be off
Word = tuple[float, float, float, float, str]


def squeezed(text: str) -> str:
    """Text as compared: one form of each character, no white space, no invisible marks."""
    text = unicodedata.normalize("NFKC", text)
    text = re.sub("[‐‑‒–—―−]", "-", re.sub("[‘’‚‛ʼ`´]", "'", re.sub("[“”„‟«»]", '"', text)))
    return "".join(c for c in text if not c.isspace() and unicodedata.category(c) != "Cf")


class Document:
    """The words of a document's pages, as displayed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def pages(self) -> list[list[Word]]:
        """Words by page; boxes in points from the top left."""
        with pymupdf.open(self._path) as opened:
            return [self._words(page) for page in opened]

    @staticmethod
    def _words(page: pymupdf.Page) -> list[Word]:
        turn = page.rotation_matrix
        return [(*(pymupdf.Rect(w[:4]) * turn).normalize(), w[4]) for w in page.get_text("words")]

    @lru_cache(maxsize=512)  # noqa: B019  # lives as long as the run
    def texts(self, number: int) -> tuple[tuple[str, set[int]], ...]:
        """A page's words squeezed into one text, in the order of the file and row by row; and where words begin."""
        words = self.pages[number - 1]
        rows = sorted(words, key=lambda w: (round((w[1] + w[3]) / 2 / 4), w[0]))
        return _joined(words), _joined(rows)

    def fault(self, claim: Claim) -> str:
        """What is wrong with a claim; empty when all of it is printed as claimed."""
        if not claim.quote or claim.page is None or claim.box is None:
            return "no proof given"
        if not 1 <= claim.page <= len(self.pages):
            return "no such page"
        # A list has a quote an item; items after the first may stand on other pages.
        first, *others = [part for part in claim.quote.split("\n") if part.strip()]
        if not self._prints(first, claim.page):
            return "quote not on its page"
        if not all(
            any(self._prints(part, n + 1) for n in range(len(self.pages))) for part in others
        ):
            return "quote not in the document"
        return self._box_fault(claim)

    def _prints(self, quote: str, number: int) -> bool:
        wanted = squeezed(quote)
        return bool(wanted) and any(
            _holds(text, begins, wanted) for text, begins in self.texts(number)
        )

    def _box_fault(self, claim: Claim) -> str:
        assert claim.page is not None
        assert claim.box is not None
        x0, y0, x1, y1 = claim.box
        inside = [
            w[4]
            for w in self.pages[claim.page - 1]
            if x0 - SLACK <= (w[0] + w[2]) / 2 <= x1 + SLACK
            and y0 - SLACK <= (w[1] + w[3]) / 2 <= y1 + SLACK
        ]
        quote = squeezed(claim.quote)
        if not inside:
            return "nothing printed in the box"
        if not any(squeezed(word) in quote or quote in squeezed(word) for word in inside):
            return "the box is around other words"
        return ""


def _joined(words: list[Word]) -> tuple[str, set[int]]:
    parts = [squeezed(w[4]) for w in words]
    return "".join(parts), {0, *accumulate(map(len, parts))}


def _holds(text: str, begins: set[int], wanted: str) -> bool:
    """True where the text holds it whole: no word of it has digits more before or behind."""
    at = text.find(wanted)
    while at >= 0:
        inside = {at, at + len(wanted)} - begins
        if not any(text[place - 1].isdigit() and text[place].isdigit() for place in inside):
            return True
        at = text.find(wanted, at + 1)
    return False


def find(folder: Path) -> dict[str, Path]:
    """Documents of a folder by name."""
    return {path.name: path for path in sorted(folder.rglob("*")) if path.is_file()}
