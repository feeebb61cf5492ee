"""What business papers call things. The words, a paragraph a concept, are in offline_words.txt: en, de, fr, es."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from service.extraction.values.characters import loose

Phrase = tuple[str, ...]


def tokens(text: str) -> Phrase:
    """The words of a text for comparison: no case, no accents, no punctuation."""
    return tuple(re.findall(r"\w+", loose(text.replace("_", " "))))


# Words between a label and its value that say nothing.
FILLERS = frozenset(tokens("is are lautet ist est es von of de du le la the nr no n number nummer at zu a"))
# A title that the number of the paper follows.
TITLES = frozenset({("rechnung",), ("invoice",), ("facture",), ("avoir",), ("factura",), ("credit", "note")})
# Between an invoice's number and its date.
OF = frozenset(tokens("vom von du of dated del de"))


def phrases(names: Iterable[str]) -> frozenset[Phrase]:
    """The names and everything else that their concepts are called."""
    own = frozenset(name for name in map(tokens, names) if name)
    return own.union(*(concept for concept in _concepts() if concept & own))


def known() -> frozenset[Phrase]:
    """Every phrase of the table: what is not a value where it stands alone."""
    return frozenset().union(*_concepts())


@cache
def _concepts() -> list[frozenset[Phrase]]:
    paragraphs = re.split(r"\n(?! )", Path(__file__).with_suffix(".txt").read_text("utf-8").strip())
    return [frozenset(map(tokens, paragraph.split("|"))) for paragraph in paragraphs]
