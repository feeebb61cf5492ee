"""Realtime on a bare websocket: frames of both versions, and what happens when things break."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import jwt
import psycopg
import pytest
import websockets

from tests.acceptance.clients.realtime_people import Wire, wire

pytestmark = [pytest.mark.usefixtures("realtime_world"), pytest.mark.local]
VERSIONS = ("1.0.0", "2.0.0")
HALF_A_MEGABYTE = 512 * 1024


@pytest.fixture
def topic() -> str:
    return f"rt:{uuid4()}"


def frame(version: str, topic: str, event: str, payload: Any, ref: str | None = "1") -> Any:
    parts = {"join_ref": "1", "ref": ref, "topic": topic, "event": event, "payload": payload}
    return parts if version == "1.0.0" else list(parts.values())


def joining(version: str, topic: str, **more: Any) -> Any:
    private = more.pop("private", False)
    payload = {"config": {"private": private, "broadcast": None}, **more}
    return frame(version, f"realtime:{topic}", "phx_join", payload)


def payload_of(answer: Any) -> Any:
    return answer["payload"] if isinstance(answer, dict) else answer[4]


def reason_of(answer: Any) -> Any:
    payload = payload_of(answer)
    assert payload["status"] == "error"
    return payload["response"]["reason"]


def minted(stack: Any, **claims: Any) -> str:
    made = {"role": "authenticated", "sub": str(uuid4()), "exp": int(time.time()) + 60, **claims}
    return jwt.encode({k: v for k, v in made.items() if v is not None}, stack.jwt_secret)


def let_in(stack: Any, topic: str, user: str) -> None:
    with psycopg.connect(stack.db_url) as conn:
        conn.execute(
            "insert into public.rt_members (topic, user_id) values (%s, %s)", [topic, user]
        )


def send(conn: psycopg.Connection[Any], topic: str, payload: Any, private: bool = False) -> None:
    values = [json.dumps(payload), "said", topic, private]
    conn.execute("select realtime.send(%s, %s, %s, %s)", values)


@pytest.mark.parametrize("version", VERSIONS)
async def test_frames__answer_in_the_version_asked_for(
    stack: Any, topic: str, version: str
) -> None:
    async with wire(stack, version) as opened:
        line = Wire(opened)
        beat = await line.ask(frame(version, "phoenix", "heartbeat", {}, ref=None))
        told = {"status": "ok", "response": {}}
        assert beat == frame(version, "phoenix", "phx_reply", told, ref=None)
        joined = await line.ask(joining(version, topic))
        told = {"status": "ok", "response": {"postgres_changes": []}}
        assert joined == frame(version, f"realtime:{topic}", "phx_reply", told)
        left = await line.ask(frame(version, f"realtime:{topic}", "phx_leave", {}, "2"))
        told = {"status": "ok", "response": {}}
        assert left == frame(version, f"realtime:{topic}", "phx_reply", told, "2")
        assert await line.next() == frame(version, f"realtime:{topic}", "phx_close", {}, None)


async def test_frames__carry_bytes_between_clients_of_version_2(stack: Any, topic: str) -> None:
    channel = f"realtime:{topic}".encode()
    async with wire(stack, "2.0.0") as one, wire(stack, "2.0.0") as two:
        mouth, ear = Wire(one), Wire(two)
        await mouth.ask(joining("2.0.0", topic))
        await ear.ask(joining("2.0.0", topic))
        header = bytes([3, 1, 1, len(channel), 2, 0, 0])
        await mouth.socket.send(header + b"12" + channel + b"hi" + b"\x00\xff")
        assert await ear.next() == bytes([4, len(channel), 2, 0, 0]) + channel + b"hi\x00\xff"


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ("not json", "BadFrame"),
        ('["1", "1", "realtime:a"]', "BadFrame"),
        (b"\x07", "BadFrame"),
        (["1", "1", "realtime:none", "broadcast", {}], "UnmatchedTopic"),
        (["1", "1", "realtime:", "phx_join", {}], "TopicNameRequired"),
        (["1", "1", "realtime:a", "phx_join", []], "InvalidPayload"),
        (["1", "1", "realtime:a", "phx_join", {"config": {"private": "?"}}], "InvalidPayload"),
        (["1", "1", "realtime:a", "phx_join", {"access_token": "x"}], "InvalidJWTToken"),
        (
            [
                "1",
                "1",
                "realtime:a",
                "phx_join",
                {"config": {"broadcast": {"replay": {"since": 1}}}},
            ],
            "NotImplemented",
        ),
    ],
)
async def test_frames__that_are_wrong_are_answered_and_lose_nothing(
    stack: Any, sent: Any, reason: str
) -> None:
    async with wire(stack, "2.0.0") as opened:
        line = Wire(opened)
        assert reason_of(await line.ask(sent)).startswith(f"{reason}: ")
        await line.ask(joining("2.0.0", "still there"))
        odd = frame("2.0.0", "realtime:still there", "dance", {})
        assert reason_of(await line.ask(odd)).startswith("UnknownEvent: ")


@pytest.mark.parametrize("claims", [{"exp": 1}, {"exp": None}, {"role": "postgres"}])
async def test_connection__needs_a_good_key(stack: Any, claims: Any) -> None:
    for key in ("sb_publishable_other", minted(stack, **claims)):
        with pytest.raises(websockets.InvalidStatus) as caught:
            await wire(stack, "1.0.0", key)
        assert caught.value.response.status_code == 401
        assert "InvalidJWTToken" in json.loads(caught.value.response.body)["error"]


async def test_connection__of_an_unknown_version_is_refused(stack: Any) -> None:
    with pytest.raises(websockets.InvalidStatus) as caught:
        await wire(stack, "3.0.0")
    assert "does not speak 3.0.0" in json.loads(caught.value.response.body)["error"]


async def test_token__that_expires_closes_the_channel(stack: Any, topic: str) -> None:
    user = str(uuid4())
    let_in(stack, topic, user)
    token = minted(stack, sub=user, exp=int(time.time()) + 2)
    async with wire(stack, "2.0.0") as opened:
        line = Wire(opened)
        joined = await line.ask(joining("2.0.0", topic, private=True, access_token=token))
        assert payload_of(joined)["status"] == "ok"
        join_ref, ref, channel, event, told = await line.next()
        assert (join_ref, ref, channel, event) == ("1", None, f"realtime:{topic}", "system")
        assert "expired" in told.pop("message")
        assert told == {"extension": "system", "status": "error", "channel": topic}
        assert (await line.next())[3] == "phx_close"


async def test_database__sends_in_order_to_a_transaction_s_listeners(
    stack: Any, topic: str
) -> None:
    async with wire(stack, "1.0.0") as opened:
        line = Wire(opened)
        await line.ask(joining("1.0.0", topic))
        with psycopg.connect(stack.db_url) as conn:
            for n in range(450):
                send(conn, topic, {"n": n})
        heard = [payload_of(await line.next())["payload"]["n"] for _ in range(450)]
        assert heard == list(range(450))


async def test_database__loses_nothing_when_the_listener_dies(stack: Any, topic: str) -> None:
    def commit_500() -> None:
        with (
            psycopg.connect(stack.db_url, autocommit=True) as conn,
            psycopg.connect(stack.admin_url, autocommit=True) as admin,
        ):
            for n in range(500):
                send(conn, topic, {"n": n})
                if n % 60 == 30:
                    admin.execute(
                        "select pg_terminate_backend(pid) from pg_stat_activity"
                        " where application_name = 'realtime_feed'"
                    )

    async with wire(stack, "1.0.0") as opened:
        line = Wire(opened)
        await line.ask(joining("1.0.0", topic))
        await asyncio.to_thread(commit_500)
        heard = [payload_of(await line.next())["payload"]["n"] for _ in range(500)]
        assert heard == list(range(500))
        with psycopg.connect(stack.db_url, autocommit=True) as conn:
            send(conn, topic, {"n": "last"})
        assert payload_of(await line.next())["payload"]["n"] == "last"


def narrow(stack: Any) -> socket.socket:
    """A connection whose kernel keeps little of what its reader has not taken yet."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
    line.connect(("127.0.0.1", urlsplit(stack.api_url).port))
    line.setblocking(False)
    return line


async def test_slow_client__is_dropped_and_holds_up_nobody(stack: Any, topic: str) -> None:
    url = f"{stack.api_url}/realtime/v1/api/broadcast/{topic}/events/big"
    headers = {"apikey": stack.publishable_key}
    async with (
        wire(stack, "1.0.0", max_queue=1, sock=narrow(stack)) as lazy,
        wire(stack, "1.0.0") as eager,
        httpx.AsyncClient(trust_env=False) as http,
    ):
        for one in (lazy, eager):
            await Wire(one).ask(joining("1.0.0", topic))
        for n in range(60):
            sent = await http.post(
                url, headers=headers, json={"n": n, "fill": "x" * HALF_A_MEGABYTE}
            )
            assert sent.status_code == 202
            assert payload_of(await Wire(eager).next())["payload"]["n"] == n
        with pytest.raises(websockets.ConnectionClosed):
            await drain(Wire(lazy), 60)


async def drain(line: Wire, count: int) -> None:
    for _ in range(count):
        await line.next()


def test_partitions__keep_three_days_and_lose_no_row(stack: Any) -> None:
    with psycopg.connect(stack.admin_url) as conn:
        day = "(now() at time zone 'utc')::date"
        conn.execute("select realtime.send('{}', 'e', 't') from generate_series(1, 3)")
        conn.execute(
            "create table realtime.messages_2020_01_01 partition of realtime.messages"
            " for values from ('2020-01-01') to ('2020-01-02')"
        )
        today = conn.execute(f"select to_char({day}, '\"messages_\"YYYY_MM_DD')").fetchone()
        assert today is not None
        before = conn.execute("select count(*) from realtime.messages").fetchone()
        conn.execute(f"create temp table kept as select * from realtime.{today[0]}")
        conn.execute(f"drop table realtime.{today[0]}")
        conn.execute("insert into realtime.messages select * from kept")
        conn.execute("select _realtime.keep_partitions()")
        assert conn.execute("select count(*) from realtime.messages").fetchone() == before
        left = conn.execute("select count(*) from only realtime.messages_default").fetchone()
        assert left == (0,)
        days = conn.execute(
            "select inhrelid::regclass::text from pg_inherits where inhparent = 'realtime.messages'::regclass"
        ).fetchall()
        assert len(days) == 4
        assert ("realtime.messages_2020_01_01",) not in days
        conn.rollback()
