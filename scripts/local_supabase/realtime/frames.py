"""Frames on a Realtime socket: what both protocol versions look like on the wire, nothing else.

Version 1.0.0 is one JSON object a frame; 2.0.0 is a JSON array, or bytes for a broadcast.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from pydantic import TypeAdapter

OBJECTS_VERSION = "1.0.0"
ARRAYS_VERSION = "2.0.0"
VERSIONS = (OBJECTS_VERSION, ARRAYS_VERSION)
# The first byte of a binary frame.
CLIENT_BROADCAST = 3
SERVER_BROADCAST = 4
# The byte that says how the payload is encoded.
RAW = 0
JSON = 1
# A client's binary frame: the kind, five lengths of one byte each, the encoding; then the parts.
CLIENT_LENGTHS = slice(1, 6)
CLIENT_ENCODING = 6
CLIENT_HEADER = 7
LONGEST_NAME = 255  # what a length of one byte can say
MAX_MESSAGE_BYTES = 3000 * 1024

Data = str | bytes


class RefusedError(Exception):
    """A frame, join, token or message that is not accepted; clients see "Code: sentence"."""


class Frame(NamedTuple):
    """One message of a socket, in the order of 2.0.0; a channel's `topic` begins "realtime:"."""

    join_ref: str | None
    ref: str | None
    topic: str
    event: str
    payload: Any


_TEXT_FRAME = TypeAdapter(Frame)


def decode_frame(data: Data) -> Frame:
    """The frame in `data`: either text form, or a client's bytes. Raises `RefusedError`."""
    if len(data) > MAX_MESSAGE_BYTES:
        raise RefusedError("PayloadTooLarge: a message has at most 3000 KB")
    try:
        if isinstance(data, bytes):
            return _decode_bytes(data)
        return _TEXT_FRAME.validate_json(data)
    except (ValueError, IndexError) as error:
        raise RefusedError(f"BadFrame: {error}") from error


def _decode_bytes(data: bytes) -> Frame:
    lengths = data[CLIENT_LENGTHS]
    if data[0] != CLIENT_BROADCAST or len(data) < CLIENT_HEADER + sum(lengths):
        raise ValueError("a binary frame begins with 3 and the lengths of its parts")
    start = CLIENT_HEADER
    parts = []
    for length in lengths:
        parts.append(data[start : start + length].decode())
        start += length
    join_ref, ref, topic, event, _metadata = parts
    payload: Any = data[start:]
    if data[CLIENT_ENCODING] == JSON:
        payload = json.loads(payload)
    body = {"type": "broadcast", "event": event, "payload": payload}
    return Frame(join_ref or None, ref or None, topic, "broadcast", body)


def encode_frame(frame: Frame, version: str) -> str:
    """The text form of a frame."""
    return _dump_json(frame._asdict() if version == OBJECTS_VERSION else frame)


def encode_broadcast(topic: str, body: dict[str, Any], version: str) -> Data | None:
    """A broadcast to a client: bytes in 2.0.0, text in 1.0.0 or where a name exceeds 255 bytes.

    `body` has event, payload and perhaps meta. None when the payload is bytes and must be text.
    """
    meta = _dump_json(body["meta"]) if "meta" in body else ""
    names = [name.encode(errors="replace") for name in (topic, body["event"], meta)]
    fits_header = all(len(name) <= LONGEST_NAME for name in names)
    payload = body["payload"]
    is_raw = isinstance(payload, bytes)
    if version == ARRAYS_VERSION and fits_header:
        encoding = RAW if is_raw else JSON
        header = bytes([SERVER_BROADCAST, *map(len, names), encoding])
        content = payload if is_raw else _dump_json(payload).encode()
        return b"".join([header, *names, content])
    if is_raw:
        return None
    return encode_frame(Frame(None, None, topic, "broadcast", body), version)


def _dump_json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
