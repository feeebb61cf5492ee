"""One websocket: its channels, what its client asks for, and the queue of what it is sent."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Any
from uuid import uuid4

from pydantic import ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from scripts.local_supabase.realtime.feed import allowed, claims_of
from scripts.local_supabase.realtime.frames import Data, Frame, RefusedError, decode, encode
from scripts.local_supabase.realtime.hub import Ask, Channel, Hub

MAX_WAITING_BYTES = 8 * 1024 * 1024
RECHECK_SECONDS = 300
LOOK_SECONDS = 0.5


class Socket:
    """A connected client. `token` is that of its API key, used where a join brings none."""

    def __init__(self, hub: Hub, websocket: WebSocket, version: str, token: str | None) -> None:
        self.version = version
        self._hub = hub
        self._websocket = websocket
        self._token = token
        self._channels: dict[str, Channel] = {}
        self._queue: asyncio.Queue[Data] = asyncio.Queue()
        self._waiting_bytes = 0
        self._tasks: list[asyncio.Task[None]] = []

    async def run(self) -> None:
        """Serve until the client leaves or is too slow for what it is sent."""
        parts = (self._read(), self._write(), self._watch())
        self._tasks = [asyncio.create_task(part) for part in parts]
        try:
            done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
            with suppress(WebSocketDisconnect, asyncio.CancelledError):
                done.pop().result()
        finally:
            self._stop()
            for topic in [*self._channels]:
                self._hub.remove(self._channels.pop(topic))

    def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()

    def offer(self, data: Data) -> None:
        """Queue data for the client; one with too much waiting is dropped, the others go on."""
        if self._waiting_bytes and self._waiting_bytes + len(data) > MAX_WAITING_BYTES:
            self._stop()
        self._waiting_bytes += len(data)
        self._queue.put_nowait(data)

    async def _write(self) -> None:
        while True:
            data = await self._queue.get()
            form = "text" if isinstance(data, str) else "bytes"
            await self._websocket.send({"type": "websocket.send", form: data})
            self._waiting_bytes -= len(data)

    async def _read(self) -> None:
        while (message := await self._websocket.receive())["type"] == "websocket.receive":
            frame = Frame(None, None, "phoenix", "", None)
            try:
                frame = decode(message.get("text") or message.get("bytes") or "")
                await self._handle(frame)
            except ValidationError as error:
                self._reply(frame, {"reason": f"InvalidPayload: {error}"}, "error")
            except RefusedError as refused:
                self._reply(frame, {"reason": str(refused)}, "error")

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            for channel in [*self._channels.values()]:
                if channel.due <= time.time():
                    await self._recheck(channel, channel.token)

    async def _handle(self, frame: Frame) -> None:
        channel = self._channels.get(frame.topic)
        ask = Ask.model_validate(frame.payload)
        match frame.event:
            case "heartbeat" if frame.topic == "phoenix":
                self._reply(frame, {})
            case "phx_join":
                await self._join(frame, ask)
            case _ if channel is None:
                raise RefusedError(f"UnmatchedTopic: {frame.topic} is not joined")
            case "phx_leave":
                self._reply(frame, {})
                self._close(channel)
            case "access_token":
                if ask.token not in {None, channel.token}:
                    await self._recheck(channel, ask.token)
            case "broadcast":
                await self._broadcast(channel, frame, ask)
            case "presence":
                await self._presence(channel, frame, ask)
            case unknown:
                raise RefusedError(f"UnknownEvent: the local Realtime does not do {unknown}")

    def _reply(self, frame: Frame, response: dict[str, Any], status: str = "ok") -> None:
        payload = {"status": status, "response": response}
        self.offer(encode(frame._replace(event="phx_reply", payload=payload), self.version))

    async def _join(self, frame: Frame, join: Ask) -> None:
        prefix, _, name = frame.topic.partition(":")
        if prefix != "realtime" or not name:
            raise RefusedError("TopicNameRequired: You must provide a topic name")
        if join.changes or join.replay:
            wanted = "postgres_changes" if join.changes else "replay"
            raise RefusedError(f"NotImplemented: the local Realtime does not do {wanted}")
        join.key = join.key or str(uuid4())
        channel = Channel(self.version, self.offer, (name, join.private), frame.join_ref, join)
        await self._check(channel, join.token or self._token)
        if frame.topic in self._channels:
            self._hub.remove(self._channels[frame.topic])
        self._channels[frame.topic] = channel
        self._hub.channels[channel.key].add(channel)
        self._reply(frame, {"postgres_changes": []})
        if join.presence and "presence" in channel.readable:
            channel.push("presence_state", self._hub.present(channel.key))

    async def _check(self, channel: Channel, token: str | None) -> None:
        """Ask again who this client is and what it may do; raises `RefusedError`."""
        claims, topic = claims_of(token, self._hub.stack), channel.key[0]
        if channel.join.private:
            channel.readable = await allowed(self._hub.stack, claims, topic)
        if not channel.readable:
            denied = "You do not have permissions to read from this Channel topic"
            raise RefusedError(f"Unauthorized: {denied}: {topic}")
        channel.token, channel.claims = token, claims
        channel.writable.clear()
        channel.due = min(time.time() + RECHECK_SECONDS, claims["exp"])

    async def _recheck(self, channel: Channel, token: str | None) -> None:
        try:
            await self._check(channel, token)
        except RefusedError as refused:
            told = {"extension": "system", "status": "error", "message": str(refused)}
            channel.push("system", {**told, "channel": channel.key[0]})
            self._close(channel)

    async def _broadcast(self, channel: Channel, frame: Frame, ask: Ask) -> None:
        if await self._may_write(channel, "broadcast"):
            body = {"event": ask.event, "payload": ask.payload}
            self._hub.broadcast(channel.key, body, skip=None if channel.join.echo else channel)
            if channel.join.ack:
                self._reply(frame, {})

    async def _presence(self, channel: Channel, frame: Frame, ask: Ask) -> None:
        if ask.event not in {"track", "untrack"}:
            raise RefusedError(f"UnknownEvent: presence does not do {ask.event}")
        if not await self._may_write(channel, "presence"):
            raise RefusedError("Unauthorized: You do not have permissions to track presence")
        shown = ask.payload if isinstance(ask.payload, dict) else {}
        self._hub.track(channel, shown if ask.event == "track" else None)
        self._reply(frame, {})

    async def _may_write(self, channel: Channel, extension: str) -> bool:
        if channel.join.private and extension not in channel.writable:
            asked = (self._hub.stack, channel.claims, channel.key[0], extension)
            channel.writable[extension] = bool(await allowed(*asked))
        return channel.writable.get(extension, True)

    def _close(self, channel: Channel) -> None:
        topic = f"realtime:{channel.key[0]}"
        if self._channels.get(topic) is channel:
            self._hub.remove(self._channels.pop(topic))
            channel.push("phx_close", {})
