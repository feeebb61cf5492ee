"""What business papers call things. The words, a paragraph a concept, are in offline_words.txt: en, de, fr, es."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from service.extraction.models import Variable
from service.extraction.reading.characters import loose

Phrase = tuple[str, ...]


def tokens(text: str) -> Phrase:
    """The words of a text for comparison: no case, no accents, no punctuation."""
    return tuple(re.findall(r"\w+", loose(text.replace("_", " "))))


@cache
def _concepts() -> list[frozenset[Phrase]]:
    paragraphs = re.split(r"\n(?! )", Path(__file__).with_suffix(".txt").read_text("utf-8").strip())
    return [frozenset(map(tokens, paragraph.split("|"))) for paragraph in paragraphs]


def names_of(variable: Variable) -> frozenset[Phrase]:
    """The variable's key, label and aliases, and everything else that their concepts are called."""
    own = frozenset(filter(None, map(tokens, [variable.key, variable.label, *variable.aliases])))
    return own.union(*(concept for concept in _concepts() if concept & own))


def known() -> frozenset[Phrase]:
    """Every phrase of the table: what is not a value where it stands alone."""
    return frozenset().union(*_concepts())


def any_of(names: Iterable[Phrase]) -> re.Pattern[str]:
    """A pattern for any of the names as whole words; what stands in brackets between them does not count."""
    longest_first = sorted(names, key=lambda name: -len(" ".join(name)))
    joined = "|".join(r"(?:\W*\(\w*\))?\W+".join(name) for name in longest_first)
    return re.compile(rf"(?<!\S)[^\w\s]*(?:{joined})(?!\S*\w)")


def places(label: re.Pattern[str], text: str) -> Iterator[tuple[int, int, bool]]:
    """Where a label stands in a text: its first word, the one after it, and whether it opens a statement."""
    # A hard blank inside a word is not the end of it.
    comparable = " ".join(loose(word).replace(" ", "-") for word in text.split(" "))
    for match in label.finditer(comparable):
        before = comparable[: match.start()].rstrip()
        opens = not before or before[-1] in ":,.|·"
        yield comparable.count(" ", 0, match.start()), comparable.count(" ", 0, match.end()) + 1, opens
