"""Is it alive, is it ready, what does it count: for orchestrators and Prometheus; no token."""

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from service.http.errors import RESPONSES
from service.http.problems import SupabaseUnreachable

router = APIRouter(tags=["health"])


@router.get("/health/live")
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/health/ready", responses={503: RESPONSES[503]})
async def ready(request: Request) -> dict[str, str]:
    """Supabase answers too: its Auth and its Data API."""
    for path in ("/auth/v1/health", "/rest/v1/projects?limit=0"):
        answer = await request.app.state.http.get(path, timeout=5)
        # The Data API refuses an anonymous reader with 401: that is an answer, and the right one.
        if answer.status_code >= 500:
            raise SupabaseUnreachable
    return {"status": "ok"}


@router.get("/metrics", response_class=Response)
async def metrics() -> Response:
    """Counters in the Prometheus text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
