"""How large a question is: what an estimate knows before a call, and what a call may cost at most."""

from collections.abc import Mapping, Sequence


def upper_bound_tokens(text: str) -> int:
    """Never less than a tokeniser counts: each token stands for at least one byte; 32 frame the messages."""
    return len(text.encode()) + 32


def sent_bytes(messages: Sequence[Mapping[str, str]]) -> int:
    """Bytes of what the messages say: an estimate reckons with them before, the ledger holds them after."""
    return sum(len(message["content"].encode()) for message in messages)
