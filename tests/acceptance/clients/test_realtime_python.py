"""Realtime through supabase-py's async client, unchanged: who hears what, and who is refused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from postgrest.exceptions import APIError
from realtime import (
    RealtimeAcknowledgementStatus,
    RealtimePostgresChangesListenEvent,
    RealtimeSubscribeStates,
)
from realtime.exceptions import RealtimeHTTPError

from tests.acceptance.clients.realtime_people import SECONDS, Crowd, Ear, config

pytestmark = pytest.mark.usefixtures("realtime_world")
CLOSED = RealtimeSubscribeStates.CLOSED
CHANNEL_ERROR = RealtimeSubscribeStates.CHANNEL_ERROR


@pytest.fixture
async def crowd(stack: Any) -> AsyncIterator[Crowd]:
    crowd = Crowd(stack)
    crowd.admin = await crowd.client(stack.secret_key)
    yield crowd
    await crowd.close()


@pytest.fixture
def topic() -> str:
    return f"rt:{uuid4()}"


async def test_private_channel__opens_for_members_alone(crowd: Crowd, topic: str) -> None:
    await (await crowd.member(topic)).ear(topic)
    for other in (await crowd.person(), await crowd.anonymous(), await crowd.member("elsewhere")):
        reason = await other.refused(topic)
        assert "Unauthorized: You do not have permissions to read from this Channel" in reason
        assert topic in reason


async def test_private_channel__service_role_reads_all(crowd: Crowd, topic: str) -> None:
    channel = crowd.admin.channel(topic, config())
    ear = await Ear(channel).subscribe()
    await ear.until(RealtimeSubscribeStates.SUBSCRIBED)


async def test_broadcast__reaches_the_others_and_on_request_oneself(
    crowd: Crowd, topic: str
) -> None:
    one, two = await crowd.anonymous(), await crowd.anonymous()
    loud, quiet = (
        await one.ear(topic, private=False, echo=True),
        await two.ear(topic, private=False),
    )
    await loud.say("first", {"n": 1, "text": "Grüße 👋"})
    for ear in (loud, quiet):
        heard = await ear.next()
        assert (heard["event"], heard["payload"]) == ("first", {"n": 1, "text": "Grüße 👋"})
    await quiet.say("second", {"n": 2})
    await loud.say("third", {"n": 3})
    assert [(await loud.next())["event"] for _ in range(2)] == ["second", "third"]
    assert (await quiet.next())["event"] == "third"


async def test_broadcast__is_acknowledged_when_asked(crowd: Crowd, topic: str) -> None:
    ear = await (await crowd.anonymous()).ear(topic, private=False, ack=True)
    answered: asyncio.Queue[Any] = asyncio.Queue()
    body = {"type": "broadcast", "event": "ping", "payload": {}}
    push = await ear.channel.push("broadcast", body)
    push.receive(RealtimeAcknowledgementStatus.Ok, answered.put_nowait)
    await asyncio.wait_for(answered.get(), SECONDS)


async def test_broadcast__without_write_permission_is_dropped(crowd: Crowd, topic: str) -> None:
    reader, writer = await crowd.member(topic), await crowd.member(topic, writes=True)
    mouth, ear = await reader.ear(topic), await writer.ear(topic)
    await mouth.say("forbidden", {})
    # A reply to a later frame of the same socket shows that the forbidden one was handled.
    await mouth.channel.unsubscribe()
    await mouth.until(CLOSED)
    allowed = await (await crowd.member(topic, writes=True)).ear(topic)
    await allowed.say("allowed", {})
    assert (await ear.next())["event"] == "allowed"


async def test_broadcast__keeps_public_and_private_apart(crowd: Crowd, topic: str) -> None:
    inside = await (await crowd.member(topic)).ear(topic)
    outside = await (await crowd.anonymous()).ear(topic, private=False)
    await crowd.send(topic, {"for": "members"})
    await crowd.send(topic, {"for": "everyone"}, private=False)
    assert (await outside.next())["payload"]["for"] == "everyone"
    assert (await inside.next())["payload"]["for"] == "members"
    assert inside.heard.empty()


async def test_database__sends_with_an_id_whatever_the_size(crowd: Crowd, topic: str) -> None:
    ear = await (await crowd.member(topic)).ear(topic)
    long = "ß" * 20_000
    await crowd.send(topic, {"text": long})
    heard = await ear.next()
    assert (heard["event"], heard["payload"]["text"]) == ("said", long)
    assert heard["payload"]["id"] == heard["meta"]["id"]


async def test_database__broadcasts_changes_as_rows(crowd: Crowd, topic: str) -> None:
    ear = await (await crowd.member(topic)).ear(topic)
    notes = crowd.admin.table("rt_notes")
    made: Any = (await notes.insert({"topic": topic, "body": "a"}).execute()).data[0]
    await notes.update({"body": "b"}).eq("id", made["id"]).execute()
    await notes.delete().eq("id", made["id"]).execute()
    changed = {**made, "body": "b"}
    for operation, record, old in [
        ("INSERT", made, None),
        ("UPDATE", changed, made),
        ("DELETE", None, changed),
    ]:
        told = await ear.next()
        common = {"id": told["meta"]["id"], "schema": "public", "table": "rt_notes"}
        rows = {"operation": operation, "record": record, "old_record": old}
        assert (told["event"], told["payload"]) == (operation, {**common, **rows})


async def test_database__rolled_back_work_sends_nothing(crowd: Crowd, topic: str) -> None:
    ear = await (await crowd.member(topic)).ear(topic)
    with pytest.raises(APIError, match="taken back"):
        await crowd.send(topic, {"n": 1}, fails=True)
    await crowd.send(topic, {"n": 2})
    assert (await ear.next())["payload"]["n"] == 2


async def test_http_send__needs_write_permission_on_private_topics(
    crowd: Crowd, topic: str
) -> None:
    writer, reader = await crowd.member(topic, writes=True), await crowd.member(topic)
    ear = await writer.ear(topic)
    await ear.channel.http_send("by post/1", {"n": 1})
    heard = await ear.next()
    assert (heard["event"], heard["payload"]) == ("by post/1", {"n": 1})
    with pytest.raises(RealtimeHTTPError) as caught:
        await (await reader.ear(topic)).channel.http_send("no", {})
    assert caught.value.status == 403
    assert topic in str(caught.value)


async def test_rest_batch__sends_what_its_caller_may(crowd: Crowd, topic: str) -> None:
    ear = await (await crowd.member(topic)).ear(topic)
    open_ear = await (await crowd.anonymous()).ear(topic, private=False)
    url = f"{crowd.stack.api_url}/realtime/v1/api/broadcast"
    body = {"topic": topic, "event": "batch", "payload": {"n": 1}}
    messages = [{**body, "private": True}, body]
    async with httpx.AsyncClient(trust_env=False) as http:
        anon, service = crowd.stack.publishable_key, crowd.stack.secret_key
        sent = await http.post(url, headers={"apikey": anon}, json={"messages": messages})
        assert (sent.status_code, sent.content) == (202, b"")
        assert (await open_ear.next())["payload"] == {"n": 1}
        assert ear.heard.empty()
        await http.post(url, headers={"apikey": service}, json={"messages": messages})
        assert (await ear.next())["payload"] == {"n": 1}
        assert (await http.post(url, json={"messages": messages})).status_code == 401
        bad = await http.post(url, headers={"apikey": anon}, json={"messages": [{"topic": ""}]})
        assert bad.status_code == 422
        assert "messages" in bad.json()["error"]


async def test_token__refresh_shuts_out_a_removed_member(crowd: Crowd, topic: str) -> None:
    gone, stays = await crowd.member(topic), await crowd.member(topic)
    gone_ear, ear = await gone.ear(topic), await stays.ear(topic)
    await crowd.leaves(gone)
    await crowd.send(topic, {"n": 1})
    assert (await gone_ear.next())["payload"]["n"] == 1
    fresh = await gone.client.auth.refresh_session()
    assert fresh.session is not None
    await gone.client.realtime.set_auth(fresh.session.access_token)
    assert "You do not have permissions" in await gone_ear.until(CHANNEL_ERROR)
    await gone_ear.until(CLOSED)
    await crowd.send(topic, {"n": 2})
    assert [(await ear.next())["payload"]["n"] for _ in range(2)] == [1, 2]
    assert gone_ear.heard.empty()


async def test_token__refresh_keeps_a_member_in(crowd: Crowd, topic: str) -> None:
    member = await crowd.member(topic)
    ear = await member.ear(topic)
    fresh = await member.client.auth.refresh_session()
    assert fresh.session is not None
    for token in (fresh.session.access_token, fresh.session.access_token):
        await member.client.realtime.set_auth(token)
    await crowd.send(topic, {"n": 1})
    assert (await ear.next())["payload"]["n"] == 1
    assert ear.states.empty()


async def test_token__that_is_no_token_closes_the_channel(crowd: Crowd, topic: str) -> None:
    """E-RT-01: a word that is no token ends the channel."""
    ear = await (await crowd.member(topic)).ear(topic)
    await ear.channel.push("access_token", {"access_token": "x.y.z"})
    assert "InvalidJWTToken" in await ear.until(CHANNEL_ERROR)
    await ear.until(CLOSED)


async def test_leave__ends_the_channel(crowd: Crowd, topic: str) -> None:
    member = await crowd.member(topic)
    ear = await member.ear(topic)
    other = await (await crowd.member(topic)).ear(topic)
    await ear.channel.unsubscribe()
    await ear.until(CLOSED)
    await crowd.send(topic, {"n": 1})
    await other.next()
    assert ear.heard.empty()
    again = await member.ear(topic)
    await crowd.send(topic, {"n": 2})
    assert (await again.next())["payload"]["n"] == 2


async def test_postgres_changes__is_refused_by_name(crowd: Crowd, topic: str) -> None:
    channel = (await crowd.anonymous()).client.channel(topic, config(private=False))
    every = RealtimePostgresChangesListenEvent.All
    channel.on_postgres_changes(every, lambda _: None, table="rt_notes")
    ear = await Ear(channel).subscribe()
    assert "NotImplemented: the local Realtime does not do postgres_changes" in (
        await ear.until(CHANNEL_ERROR)
    )


async def test_presence__tells_who_comes_and_goes(crowd: Crowd, topic: str) -> None:
    first = await crowd.member(topic, writes=True)
    second = await crowd.member(topic, writes=True)
    synced: asyncio.Queue[Any] = asyncio.Queue()
    channel = first.client.channel(topic, config(presence=True, key="one"))

    def states() -> None:
        shown: Any = channel.presence_state()
        synced.put_nowait({key: [p["at"] for p in who] for key, who in shown.items()})

    channel.on_presence_sync(states)
    await Ear(channel).subscribe()
    other = await second.ear(topic, presence=True, key="two")
    assert await asyncio.wait_for(synced.get(), SECONDS) == {}
    for act, expected in [
        (channel.track({"at": "page 1"}), {"one": ["page 1"]}),
        (other.channel.track({"at": "page 2"}), {"one": ["page 1"], "two": ["page 2"]}),
        (channel.track({"at": "page 3"}), {"one": ["page 3"], "two": ["page 2"]}),
        (channel.untrack(), {"two": ["page 2"]}),
        (second.client.realtime.close(), {}),
    ]:
        await act
        while await asyncio.wait_for(synced.get(), SECONDS) != expected:
            pass


async def test_presence__needs_write_permission(crowd: Crowd, topic: str) -> None:
    ear = await (await crowd.member(topic)).ear(topic, presence=True)
    answered: asyncio.Queue[Any] = asyncio.Queue()
    push = await ear.channel.push("presence", {"event": "track", "payload": {"at": 1}})
    push.receive(RealtimeAcknowledgementStatus.Error, answered.put_nowait)
    reason = json.dumps(await asyncio.wait_for(answered.get(), SECONDS))
    assert "Unauthorized: You do not have permissions to track presence" in reason
