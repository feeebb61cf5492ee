"""/rest/v1: the key rule, then everything is passed to PostgREST and back as it is, streamed."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qsl, urlencode

import httpx
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from scripts.local_supabase.callers import AuthError, effective_token, verified_claims
from scripts.local_supabase.stack import Stack

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
# Headers that belong to one connection, and those that the gateway sets itself.
OWN_HEADERS = {
    b"authorization",
    b"connection",
    b"date",
    b"expect",
    b"host",
    b"keep-alive",
    b"proxy-connection",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
}
CLIENT_CLOSED_REQUEST = 499


def routes(stack: Stack, client: httpx.AsyncClient) -> list[BaseRoute]:
    """Every path below /rest/v1; `client` is the pool of connections to PostgREST."""

    async def pass_on(request: Request) -> Response:
        token = effective_token(request, stack)
        if not token:
            raise AuthError("No API key found in request", "no_api_key")
        asks_for_schema = not request.path_params["path"]
        if asks_for_schema and verified_claims(request, stack)["role"] != "service_role":
            raise AuthError("The schema description needs a secret key", "secret_key_needed", 403)
        return await _forward(_upstream_request(request, stack, token), client)

    return [Route("/{path:path}", pass_on, methods=METHODS)]


async def _forward(upstream: httpx.Request, client: httpx.AsyncClient) -> Response:
    try:
        response = await client.send(upstream, stream=True)
    except httpx.TransportError:
        # A message and no code, as the gateway of a hosted project answers.
        message = "PostgREST does not answer. scripts/supabase start repairs it."
        return JSONResponse({"message": message}, 503)
    except ClientDisconnect:
        return Response(status_code=CLIENT_CLOSED_REQUEST)
    answer = StreamingResponse(
        response.aiter_raw(), response.status_code, background=BackgroundTask(response.aclose)
    )
    lower_cased = [(name.lower(), value) for name, value in response.headers.raw]
    answer.raw_headers = [pair for pair in lower_cased if pair[0] not in OWN_HEADERS]
    return answer


def _upstream_request(request: Request, stack: Stack, token: str) -> httpx.Request:
    headers = [pair for pair in request.headers.raw if pair[0] not in OWN_HEADERS]
    headers.append((b"authorization", f"Bearer {token}".encode()))
    raw_path = request.scope["raw_path"].partition(b"/rest/v1")[2] or b"/"
    query = _query_without_key(request.scope["query_string"])
    if query:
        raw_path += b"?" + query
    url = httpx.URL(stack.rest_url).copy_with(raw_path=raw_path)
    return httpx.Request(request.method, url, headers=headers, content=_body_of(request))


def _query_without_key(query: bytes) -> bytes:
    """The query without `apikey`, which PostgREST would take for a filter on a column."""
    if b"apikey=" not in query:
        return query
    pairs = parse_qsl(query.decode(), keep_blank_values=True)
    return urlencode([(name, value) for name, value in pairs if name != "apikey"]).encode()


def _body_of(request: Request) -> AsyncIterator[bytes] | None:
    """The body as it streams in. None without one: a stream would be sent on as a chunked body."""
    if {"content-length", "transfer-encoding"} & set(request.headers.keys()):
        return request.stream()
    return None
