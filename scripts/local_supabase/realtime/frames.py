"""Frames on a Realtime socket: what both protocol versions look like on the wire, nothing else.

Version 1.0.0 is one JSON object a frame; 2.0.0 is a JSON array, or bytes for a broadcast.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from pydantic import TypeAdapter

VERSIONS = ("1.0.0", "2.0.0")
CLIENT_BROADCAST, SERVER_BROADCAST = 3, 4
RAW, JSON = 0, 1
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


_TEXT = TypeAdapter(Frame)


def decode(data: Data) -> Frame:
    """The frame in `data`: either text form, or a client's bytes. Raises `RefusedError`."""
    if len(data) > MAX_MESSAGE_BYTES:
        raise RefusedError("PayloadTooLarge: a message has at most 3000 KB")
    try:
        return _TEXT.validate_json(data) if isinstance(data, str) else _decode_bytes(data)
    except (ValueError, IndexError) as error:
        raise RefusedError(f"BadFrame: {error}") from error


def _decode_bytes(data: bytes) -> Frame:
    if data[0] != CLIENT_BROADCAST or len(data) < 7 + sum(data[1:6]):
        raise ValueError("a binary frame begins with 3 and the lengths of its parts")
    start, parts = 7, []
    for size in data[1:6]:
        parts.append(data[start : start + size].decode())
        start += size
    join_ref, ref, topic, event, _ = parts
    payload = json.loads(data[start:]) if data[6] == JSON else data[start:]
    body = {"type": "broadcast", "event": event, "payload": payload}
    return Frame(join_ref or None, ref or None, topic, "broadcast", body)


def encode(frame: Frame, version: str) -> str:
    """The text form of a frame."""
    return _dump(frame._asdict() if version == "1.0.0" else frame)


def encode_broadcast(topic: str, body: dict[str, Any], version: str) -> Data | None:
    """A broadcast to a client: bytes in 2.0.0, text in 1.0.0 or where a name exceeds 255 bytes.

    `body` has event, payload and perhaps meta. None when the payload is bytes and must be text.
    """
    payload, raw = body["payload"], isinstance(body["payload"], bytes)
    meta = _dump(body["meta"]) if "meta" in body else ""
    names = [name.encode(errors="replace") for name in (topic, body["event"], meta)]
    if version == "1.0.0" or any(len(name) > 255 for name in names):
        return None if raw else encode(Frame(None, None, topic, "broadcast", body), version)
    header = bytes([SERVER_BROADCAST, *map(len, names), RAW if raw else JSON])
    return header + b"".join(names) + (payload if raw else _dump(payload).encode())


def _dump(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
