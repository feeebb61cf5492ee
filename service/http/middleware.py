"""Around every request: its id, its log line, its metrics, a bound, a problem where it crashes."""

import re
import time
import uuid

import structlog
from starlette.middleware.base import RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import metrics
from service.http.errors import respond_with_problem
from service.http.problems import RequestTooLarge
from service.log import logger

REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


def bound_bodies(app: ASGIApp, max_bytes: int) -> ASGIApp:
    """`app` with a bound on what arrives of a body. (FastAPI's own bound answers in plain text.)"""

    async def call_bounded(scope: Scope, receive: Receive, send: Send) -> None:
        received = 0

        async def receive_counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > max_bytes:
                raise RequestTooLarge
            return message

        await app(scope, receive_counted, send)

    return call_bounded


async def observe_request(request: Request, proceed: RequestResponseEndpoint) -> Response:
    """Takes or makes X-Request-Id, logs, counts, and answers a crash as a problem."""
    request_id = _request_id(request)
    request.state.request_id = request_id
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)
    started = time.perf_counter()
    try:
        response = await proceed(request)
    except Exception as error:
        logger.exception("request.crashed")
        response = await respond_with_problem(request, error)
    response.headers["X-Request-Id"] = request_id
    route = getattr(request.scope.get("route"), "path", "unmatched")
    metrics.REQUESTS.labels(request.method, route, str(response.status_code)).inc()
    if not route.startswith("/health"):
        milliseconds = round((time.perf_counter() - started) * 1000, 1)
        logger.info(
            "request.done",
            method=request.method,
            route=route,
            status=response.status_code,
            ms=milliseconds,
        )
    return response


def _request_id(request: Request) -> str:
    """The caller's own, where it can stand in a log, else a new one."""
    given = request.headers.get("x-request-id", "")
    return given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
