"""Who listens to what: the channels of all sockets, broadcasts and presence among them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from pydantic import AliasPath, BaseModel, Field

from scripts.local_supabase.realtime.frames import Data, Frame, encode, encode_broadcast
from scripts.local_supabase.stack import Row, Stack

Key = tuple[str, bool]


class Ask(BaseModel):
    """What a client says: a join, a new token, a broadcast or its presence; any part may lack."""

    access_token: str | None = None
    event: str = ""
    payload: Any = None
    private: bool = Field(False, validation_alias=AliasPath("config", "private"))
    ack: bool = Field(False, validation_alias=AliasPath("config", "broadcast", "ack"))
    echo: bool = Field(False, validation_alias=AliasPath("config", "broadcast", "self"))
    replay: Any = Field(None, validation_alias=AliasPath("config", "broadcast", "replay"))
    presence: bool = Field(False, validation_alias=AliasPath("config", "presence", "enabled"))
    key: str = Field("", validation_alias=AliasPath("config", "presence", "key"))
    changes: list[Any] = Field([], validation_alias=AliasPath("config", "postgres_changes"))

    @property
    def token(self) -> str | None:
        """The user's token, if one was given: an API key says nothing new."""
        return None if (self.access_token or "sb_").startswith("sb_") else self.access_token


@dataclass(eq=False)
class Channel:
    """One joined topic of one socket. `key` is its name without "realtime:", and whether private."""

    version: str
    offer: Callable[[Data], None]
    key: Key
    join_ref: str | None
    join: Ask
    token: str | None = None
    claims: Row = field(default_factory=dict)
    readable: set[str] = field(default_factory=lambda: {"broadcast", "presence"})
    writable: dict[str, bool] = field(default_factory=dict)
    meta: Row | None = None
    due: float = 0

    def push(self, event: str, payload: Any) -> None:
        """Send a frame of this channel to its client."""
        frame = Frame(self.join_ref, None, f"realtime:{self.key[0]}", event, payload)
        self.offer(encode(frame, self.version))


class Hub:
    """All channels of a gateway by name and kind: public and private ones never meet."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.channels: defaultdict[Key, set[Channel]] = defaultdict(set)

    def remove(self, channel: Channel) -> None:
        """Forget a channel and what its client showed."""
        self.track(channel, None)
        self.channels[channel.key].discard(channel)
        if not self.channels[channel.key]:
            del self.channels[channel.key]

    def broadcast(self, key: Key, body: Row, skip: Channel | None = None) -> None:
        """Hand event, payload and meta to every channel of `key` that may read, except `skip`."""
        topic, body = f"realtime:{key[0]}", {"type": "broadcast", **body}
        encoded: dict[str, Data | None] = {}
        for channel in [*self.channels.get(key, ())]:
            if channel.version not in encoded:
                encoded[channel.version] = encode_broadcast(topic, body, channel.version)
            data = encoded[channel.version]
            if data is not None and channel is not skip and "broadcast" in channel.readable:
                channel.offer(data)

    def present(self, key: Key) -> Row:
        """Everyone who tracks on a topic: {presence key: {metas: [...]}}."""
        state: Row = {}
        for channel in self.channels.get(key, ()):
            if channel.meta:
                state.setdefault(channel.join.key, {"metas": []})["metas"].append(channel.meta)
        return state

    def track(self, channel: Channel, shown: Row | None) -> None:
        """Set what this client shows (None: nothing any more) and tell who wants to know."""
        before = channel.meta
        channel.meta = None if shown is None else {**shown, "phx_ref": uuid4().hex}
        told = {
            side: {channel.join.key: {"metas": [meta]}} if meta else {}
            for side, meta in (("joins", channel.meta), ("leaves", before))
        }
        for other in [*self.channels[channel.key]] if any(told.values()) else []:
            if other.join.presence and "presence" in other.readable:
                other.push("presence_diff", told)
