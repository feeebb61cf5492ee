"""The Realtime frame codec: what one side writes the other reads, in both versions."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.local_supabase.realtime.frames import (
    VERSIONS,
    Frame,
    RefusedError,
    decode_frame,
    encode_broadcast,
    encode_frame,
)

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
refs = st.none() | words.filter(bool)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
)
payloads = values | st.binary(max_size=60)


def client_push(frame: Frame) -> bytes:
    """The client's side of a binary broadcast, as the protocol describes it."""
    names = [frame.join_ref or "", frame.ref or "", frame.topic, frame.payload["event"], ""]
    parts = [name.encode() for name in names]
    payload = frame.payload["payload"]
    raw = isinstance(payload, bytes)
    header = bytes([3, *map(len, parts), 0 if raw else 1])
    return header + b"".join(parts) + (payload if raw else json.dumps(payload).encode())


def client_reads(data: bytes) -> tuple[str, dict[str, Any]]:
    """The client's side of a broadcast from the server."""
    assert data[0] == 4
    start, parts = 5, []
    for size in data[1:4]:
        parts.append(data[start : start + size].decode())
        start += size
    payload = data[start:] if data[4] == 0 else json.loads(data[start:])
    body = {"type": "broadcast", "event": parts[1], "payload": payload}
    return parts[0], body | ({"meta": json.loads(parts[2])} if parts[2] else {})


@given(refs, refs, words, words, values, st.sampled_from(VERSIONS))
def test_text__comes_back_as_it_went(
    join_ref: str | None, ref: str | None, topic: str, event: str, payload: Any, version: str
) -> None:
    frame = Frame(join_ref, ref, topic, event, payload)
    assert decode_frame(encode_frame(frame, version)) == frame


@given(refs, refs, words, words, payloads)
def test_client_bytes__are_read_whole(
    join_ref: str | None, ref: str | None, topic: str, event: str, payload: Any
) -> None:
    body = {"type": "broadcast", "event": event, "payload": payload}
    frame = Frame(join_ref, ref, topic, "broadcast", body)
    assert decode_frame(client_push(frame)) == frame


@given(words, words, payloads, st.booleans())
def test_server_bytes__are_what_a_client_reads(
    topic: str, event: str, payload: Any, stored: bool
) -> None:
    body = {"type": "broadcast", "event": event, "payload": payload}
    if stored:
        body["meta"] = {"id": "1"}
    data = encode_broadcast(topic, body, "2.0.0")
    assert isinstance(data, bytes)
    assert client_reads(data) == (topic, body)


@given(st.binary(max_size=80) | st.text(max_size=80))
def test_decode__refuses_by_name_or_reads(data: bytes | str) -> None:
    with suppress(RefusedError):
        assert isinstance(decode_frame(data), Frame)


def test_decode__refuses_what_is_too_large() -> None:
    with pytest.raises(RefusedError, match="PayloadTooLarge"):
        decode_frame("x" * 3000 * 1024 + "x")


def test_broadcast__goes_as_text_where_bytes_cannot_carry_it() -> None:
    body = {"type": "broadcast", "event": "e" * 256, "payload": {}}
    assert decode_frame(encode_broadcast("t", body, "2.0.0") or "").payload == body
    assert encode_broadcast("t", {**body, "payload": b"raw"}, "2.0.0") is None
    assert encode_broadcast("t", {"event": "e", "payload": b"raw"}, "1.0.0") is None
