"""Words of two languages, for documents whose text only has to have a size."""

import random

WORDS_A_LINE = 12
ENGLISH = [
    "the",
    "contract",
    "price",
    "shall",
    "be",
    "paid",
    "within",
    "thirty",
    "days",
    "of",
    "invoice",
]
# Thai is written without blanks, and its letters take three bytes each.
THAI = ["สัญญา", "ราคา", "ชำระ", "ภายใน", "สามสิบวัน", "นับจาก", "วันที่", "ใบแจ้งหนี้"]


def make_text(dice: random.Random, words: list[str], count: int) -> str:
    """About so many words, in lines."""
    lines = [" ".join(dice.choices(words, k=WORDS_A_LINE)) for _ in range(count // WORDS_A_LINE)]
    return "\n".join(lines)
