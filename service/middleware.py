"""What happens around every request: its id, its log line, its metrics, and a bound on its body."""

import re
import time
import uuid

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import log
from service.errors import Problem, respond
from service.metrics import Metrics

REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


class Around:
    """ASGI middleware: takes or makes X-Request-Id, logs, counts, and answers a crash as a problem."""

    def __init__(self, app: ASGIApp, metrics: Metrics, max_request_bytes: int) -> None:
        self.app = app
        self.metrics = metrics
        self.max_request_bytes = max_request_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        await self._timed(scope, receive, send, request_id)

    async def _timed(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        started = time.perf_counter()
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            await send(message)

        try:
            await self.app(scope, self._bounded(scope, receive), send_with_id)
        except Problem as problem:
            await self._answer(scope, receive, send_with_id, problem, status)
        except Exception:
            log.get().exception("request.crashed")
            crash = Problem(500, "internal", "Something broke on our side", "It has been logged.")
            await self._answer(scope, receive, send_with_id, crash, status)
        finally:
            self._record(scope, status, time.perf_counter() - started)

    def _bounded(self, scope: Scope, receive: Receive) -> Receive:
        """Refuses a body over the bound, by its header or, where it has none, by what arrives."""
        limit, seen = self.max_request_bytes, 0
        too_large = Problem(413, "request_too_large", "The request is too large", "Send fewer files.")

        async def bounded() -> Message:
            nonlocal seen
            if int(Headers(scope=scope).get("content-length") or 0) > limit:
                raise too_large
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise too_large
            return message

        return bounded

    @staticmethod
    async def _answer(scope: Scope, receive: Receive, send: Send, problem: Problem, sent_status: int) -> None:
        if not sent_status:
            await respond(Request(scope), problem)(scope, receive, send)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        method = scope["method"]
        self.metrics.requests.labels(method, route, str(status)).inc()
        self.metrics.request_seconds.labels(method, route).observe(seconds)
        if not route.startswith("/health"):
            log.get().info("request.done", method=method, route=route, status=status, ms=round(seconds * 1000, 1))
