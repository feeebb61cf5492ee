"""What happens around every request: its id, its log line, its metrics, a bound, and a problem where it crashes."""

import re
import time
import uuid

import structlog
from starlette.middleware.base import RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import metrics
from service.http.errors import Problem, respond
from service.log import logger

REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


def bounded(app: ASGIApp, max_bytes: int) -> ASGIApp:
    """`app` with a bound on what arrives of a body. (FastAPI's own bound answers in plain text.)"""

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > max_bytes:
                raise Problem(
                    413, "request_too_large", "The request is too large", "Send fewer files."
                )
            return message

        await app(scope, counted, send)

    return call


async def around(request: Request, proceed: RequestResponseEndpoint) -> Response:
    """Takes or makes X-Request-Id, logs, counts, and answers a crash as a problem."""
    given = request.headers.get("x-request-id", "")
    request.state.request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request.state.request_id)
    started = time.perf_counter()
    try:
        response = await proceed(request)
    except Exception as error:
        logger.exception("request.crashed")
        response = await respond(request, error)
    response.headers["X-Request-Id"] = request.state.request_id
    method, route = request.method, getattr(request.scope.get("route"), "path", "unmatched")
    metrics.REQUESTS.labels(method, route, str(response.status_code)).inc()
    if not route.startswith("/health"):
        milliseconds = round((time.perf_counter() - started) * 1000, 1)
        logger.info(
            "request.done", method=method, route=route, status=response.status_code, ms=milliseconds
        )
    return response
