"""How large a question is: what an estimate knows before a call, and the most it may cost."""

from collections.abc import Mapping, Sequence


def upper_bound_tokens(text: str) -> int:
    """Never less than a tokeniser counts: a token is at least one byte, 32 frame the messages."""
    return len(text.encode()) + 32


def sent_bytes(messages: Sequence[Mapping[str, str]]) -> int:
    """Bytes of what the messages say. Estimates reckon with them; the ledger holds them."""
    return sum(len(message["content"].encode()) for message in messages)
