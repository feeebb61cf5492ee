"""Who listens to what: the channels of all sockets, broadcasts and presence among them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import uuid4

from pydantic import AliasPath, BaseModel, Field

from scripts.local_supabase.realtime.frames import Data, Frame, encode_broadcast, encode_frame
from scripts.local_supabase.stack import Row, Stack

TOPIC_PREFIX = "realtime:"


class Topic(NamedTuple):
    """What a channel is joined to: a public topic is another than the private one of its name."""

    name: str
    private: bool

    @property
    def wire_name(self) -> str:
        """As frames write it."""
        return f"{TOPIC_PREFIX}{self.name}"


class ClientRequest(BaseModel):
    """What a client says: a join, a new token, a broadcast or its presence; any part may lack."""

    access_token: str | None = None
    event: str = ""
    payload: Any = None
    private: bool = Field(False, validation_alias=AliasPath("config", "private"))
    wants_ack: bool = Field(False, validation_alias=AliasPath("config", "broadcast", "ack"))
    wants_echo: bool = Field(False, validation_alias=AliasPath("config", "broadcast", "self"))
    replay: Any = Field(None, validation_alias=AliasPath("config", "broadcast", "replay"))
    wants_presence: bool = Field(False, validation_alias=AliasPath("config", "presence", "enabled"))
    presence_key: str = Field("", validation_alias=AliasPath("config", "presence", "key"))
    changes: list[Any] = Field([], validation_alias=AliasPath("config", "postgres_changes"))

    @property
    def user_token(self) -> str | None:
        """The user's token, if one was given: an API key says nothing new."""
        if self.access_token is None or self.access_token.startswith("sb_"):
            return None
        return self.access_token


@dataclass(eq=False)
class Channel:
    """One joined topic of one socket, and what its client may do there.

    `offer` queues data for the socket. `presence_key` groups what one client shows on several
    sockets. `recheck_at` is when its rights are asked for again, in seconds since the epoch.
    """

    version: str
    offer: Callable[[Data], None]
    topic: Topic
    join_ref: str | None
    join: ClientRequest
    presence_key: str
    token: str | None = None
    claims: Row = field(default_factory=dict)
    readable: set[str] = field(default_factory=lambda: {"broadcast", "presence"})
    writable: dict[str, bool] = field(default_factory=dict)
    presence: Row | None = None
    recheck_at: float = 0

    @property
    def hears_presence(self) -> bool:
        return self.join.wants_presence and "presence" in self.readable

    def push(self, event: str, payload: Any) -> None:
        """Send a frame of this channel to its client."""
        frame = Frame(self.join_ref, None, self.topic.wire_name, event, payload)
        self.offer(encode_frame(frame, self.version))


class Hub:
    """All channels of a gateway by topic."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self._channels: defaultdict[Topic, set[Channel]] = defaultdict(set)

    def add(self, channel: Channel) -> None:
        """Let a channel hear its topic."""
        self._channels[channel.topic].add(channel)

    def remove(self, channel: Channel) -> None:
        """Forget a channel and what its client showed."""
        self.set_presence(channel, None)
        self._channels[channel.topic].discard(channel)
        if not self._channels[channel.topic]:
            del self._channels[channel.topic]

    def _channels_of(self, topic: Topic) -> list[Channel]:
        """A copy: a channel that is too slow is removed while others are still being served."""
        return list(self._channels.get(topic, ()))

    def broadcast(self, topic: Topic, body: Row, skip: Channel | None = None) -> None:
        """Hand event, payload and meta to every channel of `topic` that may read, except `skip`."""
        message = {"type": "broadcast", **body}
        encoded: dict[str, Data | None] = {}
        for channel in self._channels_of(topic):
            if channel is skip or "broadcast" not in channel.readable:
                continue
            if channel.version not in encoded:
                data = encode_broadcast(topic.wire_name, message, channel.version)
                encoded[channel.version] = data
            data = encoded[channel.version]
            if data is not None:
                channel.offer(data)

    def presence_state(self, topic: Topic) -> Row:
        """Everyone who tracks on a topic: {presence key: {metas: [...]}}."""
        state: Row = {}
        for channel in self._channels_of(topic):
            if channel.presence:
                entry = state.setdefault(channel.presence_key, {"metas": []})
                entry["metas"].append(channel.presence)
        return state

    def set_presence(self, channel: Channel, shown: Row | None) -> None:
        """Set what this client shows (None: nothing any more) and tell who wants to know."""
        before = channel.presence
        channel.presence = None
        if shown is not None:
            channel.presence = {**shown, "phx_ref": uuid4().hex}
        if not before and not channel.presence:
            return
        difference = {
            "joins": _presence_entry(channel, channel.presence),
            "leaves": _presence_entry(channel, before),
        }
        for other in self._channels_of(channel.topic):
            if other.hears_presence:
                other.push("presence_diff", difference)


def _presence_entry(channel: Channel, presence: Row | None) -> Row:
    if not presence:
        return {}
    return {channel.presence_key: {"metas": [presence]}}
