"""What Supabase says when it is away, through the official clients: told from what will be said
again.
"""

import json
from typing import Any

import httpx
import pytest
from postgrest import AsyncPostgrestClient
from postgrest.exceptions import APIError
from storage3 import AsyncStorageClient
from storage3.exceptions import StorageApiError

from service.connections import may_pass
from service.http.errors import problem_of

URL = "http://supabase.test"
CLOUDFLARE = "<!DOCTYPE html><title>supabase.co | 522: Connection timed out</title>"


def _said(code: str | None, message: str = "") -> str:
    return json.dumps({"code": code, "message": message, "details": None, "hint": None})


PASSING = {
    "cut in the middle of a statement": (500, _said("")),
    "the database goes": (
        500,
        _said("57P01", "terminating connection due to unexpected postmaster exit"),
    ),
    "the database crashed": (500, _said("57P02")),
    "the database starts": (503, _said("57P03", "the database system is starting up")),
    "a statement took too long": (500, _said("57014")),
    "connection lost": (503, _said("08006")),
    "no more connections": (503, _said("53300")),
    "disk full": (500, _said("53100")),
    "disk almost full: hosted projects become read-only": (405, _said("25006")),
    "input or output failed": (500, _said("58030")),
    "deadlock": (500, _said("40P01")),
    "waited too long for a lock": (500, _said("55P03")),
    "PostgREST has no connection": (503, _said("PGRST000")),
    "PostgREST lost its connection": (503, _said("PGRST001")),
    "PostgREST reads the schema": (503, _said("PGRST002")),
    "PostgREST's pool is full": (504, _said("PGRST003")),
    "PostgREST did not understand the answer": (500, _said("PGRSTX00")),
    "the gateway finds no PostgREST": (503, '{"message":"name resolution failed"}'),
    "the gateway heard nonsense": (
        502,
        '{"message":"An invalid response was received from the upstream server"}',
    ),
    "a proxy's page": (502, "<html><body>502 Bad Gateway</body></html>"),
    "Cloudflare finds no server": (522, CLOUDFLARE),
    "Cloudflare heard nonsense": (520, CLOUDFLARE),
    "too many requests": (429, "slow down"),
    "nothing at all": (500, ""),
}
LASTING = {
    "a verb refuses": (409, _said("PT409")),
    "no money left": (402, _said("PT402")),
    "not allowed": (403, _said("42501")),
    "there already": (409, _said("23505")),
    "no such verb": (404, _said("PGRST202")),
    "a fault of ours": (400, _said("22P02")),
    "a fault in a verb": (400, _said("P0001")),
    "no such place": (404, "<html>not found</html>"),
    "too much": (413, "<html>413</html>"),
}


async def _heard(status: int, body: str) -> APIError:
    transport = httpx.MockTransport(lambda _: httpx.Response(status, text=body))
    async with httpx.AsyncClient(transport=transport) as http:
        with pytest.raises(APIError) as caught:
            await AsyncPostgrestClient(URL, http_client=http).rpc("claim_tasks", {}).execute()
    return caught.value


@pytest.mark.parametrize("answer", PASSING)
async def test_may_pass__what_says_that_the_database_is_away(answer: str) -> None:
    """E-OPS-05: a person who asks meanwhile is told to come back."""
    error = await _heard(*PASSING[answer])
    assert may_pass(error), error
    assert problem_of(error).status in (503, 507)


@pytest.mark.parametrize("answer", LASTING)
async def test_may_pass__what_would_be_said_again_is_none(answer: str) -> None:
    assert not may_pass(await _heard(*LASTING[answer]))


@pytest.mark.parametrize(
    ("status", "body", "passing"),
    [
        (500, "Internal Server Error", True),
        (544, '{"statusCode":"544","error":"DatabaseTimeout","message":"timed out"}', True),
        (
            400,
            '{"statusCode":"500","error":"DatabaseError","message":"Connection terminated"}',
            True,
        ),
        (503, '{"statusCode":"503","error":"SlowDown","message":"slow down"}', True),
        (502, "<html>502</html>", True),
        (400, '{"statusCode":"404","error":"not_found","message":"Object not found"}', False),
        (400, '{"statusCode":"403","error":"Unauthorized","message":"no"}', False),
        (413, '{"statusCode":"413","error":"Payload too large","message":"no"}', False),
    ],
)
async def test_may_pass__what_storage_says(status: int, body: str, passing: bool) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(status, text=body))
    async with httpx.AsyncClient(transport=transport) as http:
        client = AsyncStorageClient(f"{URL}/storage/v1/", {}, http_client=http)
        with pytest.raises(StorageApiError) as caught:
            await client.from_("exports").remove(["a"])
    assert may_pass(caught.value) == passing


@pytest.mark.parametrize(
    ("status", "passing"), [(500, True), (502, True), (520, True), (403, False), (416, False)]
)
def test_may_pass__a_stream_that_does_not_begin(status: int, passing: bool) -> None:
    with pytest.raises(httpx.HTTPStatusError) as caught:
        httpx.Response(status, request=httpx.Request("GET", URL)).raise_for_status()
    assert may_pass(caught.value) == passing


@pytest.mark.parametrize(
    ("error", "passing"),
    [
        (httpx.ConnectError("no"), True),
        (httpx.RemoteProtocolError("cut"), True),
        (ValueError("ours"), False),
    ],
)
def test_may_pass__what_httpx_says(error: Any, passing: bool) -> None:
    assert may_pass(error) == passing
