"""Is it alive, is it ready, what does it count: for orchestrators and Prometheus, without a token."""

from typing import Literal

import httpx
from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from service.errors import RESPONSES, Problem

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The answer when all is well; anything else is a problem."""

    status: Literal["ok"] = "ok"


@router.get("/health/live")
async def live() -> Health:
    """The process answers."""
    return Health()


@router.get("/health/ready", responses={503: RESPONSES[503]})
async def ready(request: Request) -> Health:
    """Supabase answers too: its Auth and its Data API."""
    gateway = request.app.state.gateway
    for path in ("/auth/v1/health", "/rest/v1/projects?limit=0"):
        try:
            answer = await gateway.http.get(gateway.url + path, headers=gateway.headers(), timeout=5)
        except httpx.HTTPError:
            answer = None
        # The Data API refuses an anonymous reader with 401: that is an answer, and the right one.
        if answer is None or answer.status_code >= 500:
            raise Problem(503, "supabase_unreachable", "Supabase does not answer", path)
    return Health()


@router.get("/metrics", response_class=Response)
async def metrics(request: Request) -> Response:
    """Counters in the Prometheus text format."""
    return Response(generate_latest(request.app.state.metrics.registry), media_type=CONTENT_TYPE_LATEST)
