"""/rest/v1: the key rule, then everything passed to PostgREST and back as it is, streamed."""

from urllib.parse import parse_qsl, urlencode

import httpx
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from scripts.local_supabase.stack import AuthError, Stack, caller, effective_token

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
# Headers of one connection only, and those that the gateway sets itself.
OWN_HEADERS = (
    b"authorization connection date expect host keep-alive proxy-connection te trailer transfer-encoding upgrade"
).split()


def routes(stack: Stack, client: httpx.AsyncClient) -> list[BaseRoute]:
    """Every path below /rest/v1; `client` is the pool of connections to PostgREST."""

    async def endpoint(request: Request) -> Response:
        token = effective_token(request, stack)
        if not token:
            raise AuthError("No API key found in request", "no_api_key")
        if not request.path_params["path"] and caller(request, stack)["role"] != "service_role":
            raise AuthError("The schema description needs a secret key", "secret_key_needed", 403)
        return await _forward(_upstream(request, stack, token), client)

    return [Route("/{path:path}", endpoint, methods=METHODS)]


async def _forward(upstream: httpx.Request, client: httpx.AsyncClient) -> Response:
    try:
        response = await client.send(upstream, stream=True)
    except httpx.TransportError:
        # A message and no code, as the gateway of a hosted project answers.
        return JSONResponse(
            {"message": "PostgREST does not answer. scripts/supabase start repairs it."}, 503
        )
    except ClientDisconnect:
        return Response(status_code=499)
    done = BackgroundTask(response.aclose)
    answer = StreamingResponse(response.aiter_raw(), response.status_code, background=done)
    answer.raw_headers = [
        (n.lower(), v) for n, v in response.headers.raw if n.lower() not in OWN_HEADERS
    ]
    return answer


def _upstream(request: Request, stack: Stack, token: str) -> httpx.Request:
    headers = [(n, v) for n, v in request.headers.raw if n not in OWN_HEADERS]
    headers.append((b"authorization", f"Bearer {token}".encode()))
    query = request.scope["query_string"]
    if b"apikey=" in query:  # no column filter
        pairs = parse_qsl(query.decode(), keep_blank_values=True)
        query = urlencode([pair for pair in pairs if pair[0] != "apikey"]).encode()
    path = request.scope["raw_path"].partition(b"/rest/v1")[2] or b"/"
    url = httpx.URL(stack.rest_url).copy_with(raw_path=path + (b"?" + query if query else b""))
    content = (
        request.stream()
        if {"content-length", "transfer-encoding"} & set(request.headers.keys())
        else None
    )
    return httpx.Request(request.method, url, headers=headers, content=content)
