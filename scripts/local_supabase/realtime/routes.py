"""The local Realtime: its websocket and its REST calls. Paths are relative to /realtime/v1.

What the real service does and this one does not (postgres_changes, replay) is refused by name.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

from pydantic import BaseModel, Field, TypeAdapter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from scripts.local_supabase.callers import effective_token, verified_claims
from scripts.local_supabase.realtime.feed import deliver_forever
from scripts.local_supabase.realtime.frames import OBJECTS_VERSION, VERSIONS, RefusedError
from scripts.local_supabase.realtime.hub import Hub, Topic
from scripts.local_supabase.realtime.policies import may_send, verify_claims
from scripts.local_supabase.realtime.socket import Socket
from scripts.local_supabase.stack import Stack

# The hub that the routes of a stack and its lifespan share; it lives as long as the routes.
_hubs: WeakValueDictionary[int, Hub] = WeakValueDictionary()


class Message(BaseModel):
    """One message of a REST call; its topic has no prefix "realtime:"."""

    topic: str = Field(min_length=1)
    event: str = Field(min_length=1)
    payload: Any
    private: bool = False


_BATCH = TypeAdapter(dict[str, list[Message]])


def routes(stack: Stack) -> list[BaseRoute]:
    """The routes of Realtime for `stack`."""
    hub = _hubs.setdefault(id(stack), Hub(stack))
    one_event = "/api/broadcast/{topic:path}/events/{event:path}"
    return [
        WebSocketRoute("/websocket", partial(_open_socket, hub)),
        Route("/api/broadcast", partial(_broadcast_batch, hub), methods=["POST"]),
        Route(one_event, partial(_broadcast_one, hub), methods=["POST"]),
    ]


@asynccontextmanager
async def lifespan(stack: Stack) -> AsyncIterator[None]:
    """While the block runs, what the database sends is delivered to who came through `routes`."""
    task = asyncio.create_task(deliver_forever(_hubs[id(stack)]))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _open_socket(hub: Hub, connection: WebSocket) -> None:
    version = connection.query_params.get("vsn", OBJECTS_VERSION)
    token = effective_token(connection, hub.stack)
    try:
        if version not in VERSIONS:
            raise RefusedError(f"UnknownVersion: the local Realtime does not speak {version}")
        verify_claims(token, hub.stack)
    except RefusedError as refused:
        await connection.send_denial_response(JSONResponse({"error": str(refused)}, 401))
        return
    await connection.accept()
    await Socket(hub, connection, version, token).run()


async def _broadcast_batch(hub: Hub, request: Request) -> Response:
    try:
        messages = _BATCH.validate_json(await request.body())["messages"]
    except (ValueError, KeyError) as error:
        return JSONResponse({"error": f"The messages are not valid: {error}"}, 422)
    for message in messages:
        # As on hosted, a batch leaves out what its caller may not send and says nothing.
        await _send_message(hub, request, message)
    return Response(status_code=202)


async def _broadcast_one(hub: Hub, request: Request) -> Response:
    try:
        payload = await _payload_of(request)
    except ValueError as error:
        return JSONResponse({"error": f"The body is not valid JSON: {error}"}, 422)
    private = request.query_params.get("private") == "true"
    message = Message(**request.path_params, payload=payload, private=private)
    if not await _send_message(hub, request, message):
        return JSONResponse({"error": f"You may not send to the topic: {message.topic}"}, 403)
    return Response(status_code=202)


async def _payload_of(request: Request) -> Any:
    if request.headers.get("content-type") == "application/octet-stream":
        return await request.body()
    return await request.json()


async def _send_message(hub: Hub, request: Request, message: Message) -> bool:
    """Deliver a message; False if its caller may not send it."""
    claims = verified_claims(request, hub.stack)
    if message.private and not await may_send(hub.stack, claims, message.topic, "broadcast"):
        return False
    topic = Topic(message.topic, message.private)
    hub.broadcast(topic, {"event": message.event, "payload": message.payload})
    return True
