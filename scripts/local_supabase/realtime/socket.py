"""One websocket: its channels, what its client asks for, and the queue of what it is sent."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Any
from uuid import uuid4

from pydantic import ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from scripts.local_supabase.realtime.frames import (
    Data,
    Frame,
    RefusedError,
    decode_frame,
    encode_frame,
)
from scripts.local_supabase.realtime.hub import TOPIC_PREFIX, Channel, ClientRequest, Hub, Topic
from scripts.local_supabase.realtime.policies import may_send, readable_extensions, verify_claims

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
        duties = (self._read_frames(), self._write_queue(), self._watch_rights())
        self._tasks = [asyncio.create_task(duty) for duty in duties]
        try:
            done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
            with suppress(WebSocketDisconnect, asyncio.CancelledError):
                done.pop().result()
        finally:
            self._stop()
            for channel in self._channels.values():
                self._hub.remove(channel)
            self._channels.clear()

    def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()

    def offer(self, data: Data) -> None:
        """Queue data for the client; one with too much waiting is dropped, the others go on."""
        if self._waiting_bytes and self._waiting_bytes + len(data) > MAX_WAITING_BYTES:
            self._stop()
        self._waiting_bytes += len(data)
        self._queue.put_nowait(data)

    async def _write_queue(self) -> None:
        while True:
            data = await self._queue.get()
            form = "text" if isinstance(data, str) else "bytes"
            await self._websocket.send({"type": "websocket.send", form: data})
            self._waiting_bytes -= len(data)

    async def _read_frames(self) -> None:
        while (message := await self._websocket.receive())["type"] == "websocket.receive":
            # Whom to answer if what came is no frame at all.
            frame = Frame(None, None, "phoenix", "", None)
            try:
                frame = decode_frame(message.get("text") or message.get("bytes") or "")
                await self._handle_frame(frame)
            except ValidationError as error:
                self._reply(frame, {"reason": f"InvalidPayload: {error}"}, "error")
            except RefusedError as refused:
                self._reply(frame, {"reason": str(refused)}, "error")

    async def _watch_rights(self) -> None:
        """Ask for the rights of every channel again now and then: a membership may have ended."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            for channel in list(self._channels.values()):
                if channel.recheck_at <= time.time():
                    await self._recheck(channel, channel.token)

    async def _handle_frame(self, frame: Frame) -> None:
        channel = self._channels.get(frame.topic)
        request = ClientRequest.model_validate(frame.payload)
        match frame.event:
            case "heartbeat" if frame.topic == "phoenix":
                self._reply(frame, {})
            case "phx_join":
                await self._join(frame, request)
            case _ if channel is None:
                raise RefusedError(f"UnmatchedTopic: {frame.topic} is not joined")
            case "phx_leave":
                self._reply(frame, {})
                self._close(channel)
            case "access_token":
                if request.user_token not in {None, channel.token}:
                    await self._recheck(channel, request.user_token)
            case "broadcast":
                await self._broadcast(channel, frame, request)
            case "presence":
                await self._change_presence(channel, frame, request)
            case unknown:
                raise RefusedError(f"UnknownEvent: the local Realtime does not do {unknown}")

    def _reply(self, frame: Frame, response: dict[str, Any], status: str = "ok") -> None:
        payload = {"status": status, "response": response}
        reply = frame._replace(event="phx_reply", payload=payload)
        self.offer(encode_frame(reply, self.version))

    async def _join(self, frame: Frame, request: ClientRequest) -> None:
        channel = Channel(
            version=self.version,
            offer=self.offer,
            topic=_joined_topic(frame, request),
            join_ref=frame.join_ref,
            join=request,
            presence_key=request.presence_key or str(uuid4()),
        )
        await self._check_rights(channel, request.user_token or self._token)
        if frame.topic in self._channels:
            self._hub.remove(self._channels[frame.topic])
        self._channels[frame.topic] = channel
        self._hub.add(channel)
        self._reply(frame, {"postgres_changes": []})
        if channel.hears_presence:
            channel.push("presence_state", self._hub.presence_state(channel.topic))

    async def _check_rights(self, channel: Channel, token: str | None) -> None:
        """Ask again who this client is and what it may do; raises `RefusedError`."""
        claims = verify_claims(token, self._hub.stack)
        topic = channel.topic
        if topic.private:
            channel.readable = await readable_extensions(self._hub.stack, claims, topic.name)
        if not channel.readable:
            denied = "You do not have permissions to read from this Channel topic"
            raise RefusedError(f"Unauthorized: {denied}: {topic.name}")
        channel.token = token
        channel.claims = claims
        channel.writable.clear()
        channel.recheck_at = min(time.time() + RECHECK_SECONDS, claims["exp"])

    async def _recheck(self, channel: Channel, token: str | None) -> None:
        """Check the rights of a joined channel, and close it if they are gone."""
        try:
            await self._check_rights(channel, token)
        except RefusedError as refused:
            fault = {
                "extension": "system",
                "status": "error",
                "message": str(refused),
                "channel": channel.topic.name,
            }
            channel.push("system", fault)
            self._close(channel)

    async def _broadcast(self, channel: Channel, frame: Frame, request: ClientRequest) -> None:
        if not await self._may_send(channel, "broadcast"):
            return
        body = {"event": request.event, "payload": request.payload}
        skip = None if channel.join.wants_echo else channel
        self._hub.broadcast(channel.topic, body, skip=skip)
        if channel.join.wants_ack:
            self._reply(frame, {})

    async def _change_presence(
        self, channel: Channel, frame: Frame, request: ClientRequest
    ) -> None:
        if request.event not in {"track", "untrack"}:
            raise RefusedError(f"UnknownEvent: presence does not do {request.event}")
        if not await self._may_send(channel, "presence"):
            raise RefusedError("Unauthorized: You do not have permissions to track presence")
        shown = None
        if request.event == "track":
            shown = request.payload if isinstance(request.payload, dict) else {}
        self._hub.set_presence(channel, shown)
        self._reply(frame, {})

    async def _may_send(self, channel: Channel, extension: str) -> bool:
        """Asked of the database once, until the rights of the channel are checked again."""
        if not channel.topic.private:
            return True
        if extension not in channel.writable:
            channel.writable[extension] = await may_send(
                self._hub.stack, channel.claims, channel.topic.name, extension
            )
        return channel.writable[extension]

    def _close(self, channel: Channel) -> None:
        topic = channel.topic.wire_name
        if self._channels.get(topic) is channel:
            self._hub.remove(self._channels.pop(topic))
            channel.push("phx_close", {})


def _joined_topic(frame: Frame, request: ClientRequest) -> Topic:
    """The topic that a client wants to join. Raises `RefusedError` for what is not done here."""
    name = frame.topic.removeprefix(TOPIC_PREFIX)
    if not frame.topic.startswith(TOPIC_PREFIX) or not name:
        raise RefusedError("TopicNameRequired: You must provide a topic name")
    if request.changes:
        raise RefusedError("NotImplemented: the local Realtime does not do postgres_changes")
    if request.replay:
        raise RefusedError("NotImplemented: the local Realtime does not do replay")
    return Topic(name, request.private)
