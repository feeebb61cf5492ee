"""Listeners for the Realtime suite: supabase-py's async client, unchanged, and raw sockets."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Self
from uuid import uuid4

import httpx
import websockets
from realtime import AsyncRealtimeChannel, RealtimeSubscribeStates

from supabase import AsyncClient, AsyncClientOptions, acreate_client

SECONDS = 15


def config(private: bool = True, **parts: Any) -> Any:
    """Channel options with every part that supabase-py wants to see."""
    presence = {"key": parts.pop("key", ""), "enabled": parts.pop("presence", False)}
    broadcast = {"ack": parts.pop("ack", False), "self": parts.pop("echo", False)}
    return {"config": {"broadcast": broadcast, "presence": presence, "private": private}}


class Ear:
    """One subscribed channel: what it heard, and the states its client told of."""

    def __init__(self, channel: AsyncRealtimeChannel) -> None:
        self.channel = channel
        self.heard: asyncio.Queue[Any] = asyncio.Queue()
        self.states: asyncio.Queue[tuple[Any, Exception | None]] = asyncio.Queue()
        channel.on_broadcast("*", self.heard.put_nowait)

    async def subscribe(self) -> Self:
        await self.channel.subscribe(lambda state, error: self.states.put_nowait((state, error)))
        return self

    async def next(self) -> Any:
        return await asyncio.wait_for(self.heard.get(), SECONDS)

    async def until(self, wanted: RealtimeSubscribeStates) -> str:
        """The error told with the next state, which has to be `wanted`."""
        state, error = await asyncio.wait_for(self.states.get(), SECONDS)
        assert state == wanted, error
        return str(error)

    async def say(self, event: str, payload: Any) -> None:
        await self.channel.send_broadcast(event, payload)


class Person:
    """Somebody with a client of their own; `id` is None for who has not signed up."""

    def __init__(self, client: AsyncClient, user_id: str | None, token: str | None) -> None:
        self.client = client
        self.id = user_id
        self.token = token

    async def ear(self, topic: str, **options: Any) -> Ear:
        ear = Ear(self.client.channel(topic, config(**options)))
        await ear.subscribe()
        await ear.until(RealtimeSubscribeStates.SUBSCRIBED)
        return ear

    async def refused(self, topic: str, **options: Any) -> str:
        ear = Ear(self.client.channel(topic, config(**options)))
        await ear.subscribe()
        return await ear.until(RealtimeSubscribeStates.CHANNEL_ERROR)


class Crowd:
    """Makes people on one stack and closes their clients."""

    def __init__(self, stack: Any) -> None:
        self.stack = stack
        self._clients: list[AsyncClient] = []
        self._http = httpx.AsyncClient(trust_env=False, timeout=30)
        self.admin: AsyncClient

    async def client(self, key: str | None = None) -> AsyncClient:
        options = AsyncClientOptions(auto_refresh_token=False, httpx_client=self._http)
        client = await acreate_client(
            self.stack.api_url, key or self.stack.publishable_key, options
        )
        self._clients.append(client)
        return client

    async def anonymous(self) -> Person:
        return Person(await self.client(), None, None)

    async def person(self) -> Person:
        client = await self.client()
        email = f"rt-{uuid4()}@example.com"
        made = await client.auth.sign_up({"email": email, "password": "correct horse"})
        assert made.session is not None
        await client.realtime.set_auth(made.session.access_token)
        return Person(client, made.session.user.id, made.session.access_token)

    async def member(self, topic: str, writes: bool = False) -> Person:
        person = await self.person()
        row = {"topic": topic, "user_id": person.id, "writes": writes}
        await self.admin.table("rt_members").insert(row).execute()
        return person

    async def leaves(self, person: Person) -> None:
        await self.admin.table("rt_members").delete().eq("user_id", person.id).execute()

    async def send(self, topic: str, payload: Any, private: bool = True, **more: Any) -> None:
        """A message from the database, in a transaction of its own."""
        body = {"topic": topic, "event": "said", "payload": payload, "private": private, **more}
        await self.admin.rpc("rt_send", body).execute()

    async def close(self) -> None:
        for client in self._clients:
            await client.realtime.close()
        await self._http.aclose()


class Wire:
    """A bare websocket that speaks frames, for what no client can show."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket

    async def ask(self, frame: Any) -> Any:
        await self.socket.send(frame if isinstance(frame, (bytes, str)) else json.dumps(frame))
        return await self.next()

    async def next(self) -> Any:
        data = await asyncio.wait_for(self.socket.recv(), SECONDS)
        return json.loads(data) if isinstance(data, str) else data


def wire(stack: Any, version: str, key: str | None = None, **options: Any) -> Any:
    """A connection to the websocket under a protocol version; use with `async with`."""
    address = stack.api_url.replace("http", "ws")
    query = f"apikey={key or stack.publishable_key}&vsn={version}"
    return websockets.connect(
        f"{address}/realtime/v1/websocket?{query}", proxy=None, compression=None, **options
    )
