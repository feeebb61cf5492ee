"""One family of errors, rendered as RFC 9457 problem+json. PostgREST and Storage errors are translated here, once."""

from typing import Any

import httpx
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from postgrest.exceptions import APIError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from service.connections import may_pass

MEDIA_TYPE = "application/problem+json"


class ProblemBody(BaseModel):
    """The one error shape of the service (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    code: str = Field(description="Stable, snake_case.")
    detail: str
    request_id: str
    errors: list[dict[str, str]] | None = None


class Problem(HTTPException):
    """An expected fault: an HTTP status, a stable code, a constant title and a hint for the next step.

    An HTTPException, so that FastAPI lets it pass while it reads a body.
    """

    def __init__(
        self, status: int, code: str, title: str, detail: str = "", errors: Any = None
    ) -> None:
        super().__init__(status, detail, {"WWW-Authenticate": "Bearer"} if status == 401 else {})
        self.told = {
            "status": status,
            "code": code,
            "title": title,
            "detail": detail,
            "errors": errors,
        }


UNREACHABLE = (503, "supabase_unreachable", "Supabase does not answer", "Try again shortly.")

# Beginning of a SQLSTATE or PostgREST code -> (status, code, title); the first that fits.
# Anything else is a fault of ours or of the database.
_DATABASE = {
    "42501": (403, "not_allowed", "Your role does not allow this"),
    "23505": (409, "already_exists", "It exists already"),
    "22": (422, "value_malformed", "A value has the wrong form"),
    "23": (422, "value_not_allowed", "A value is outside what the table allows"),
    "57014": (503, "database_timeout", "The database took too long"),
    "53100": (507, "disk_full", "The database has no room left"),
    "PGRST30": (401, "token_invalid", "The token is not valid"),
}
_STORAGE = {
    401: (403, "upload_not_allowed", "You may not upload to this project"),
    403: (403, "upload_not_allowed", "You may not upload to this project"),
    413: (413, "file_too_large", "The file is larger than the bucket allows"),
    415: (415, "type_unsupported", "The bucket does not take this type of file"),
}
_HTTP = {400: "body_malformed", 404: "route_not_found", 405: "method_not_allowed"}


def from_storage(response: httpx.Response) -> Problem:
    """The problem behind a Storage answer; the true status is inside the body."""
    try:
        status = int(response.json()["statusCode"])
    except (ValueError, KeyError, TypeError):
        status = response.status_code
    return Problem(
        *_STORAGE.get(status, (502, "storage_error", "Storage did not take the file", "Try again."))
    )


def _from_database(error: APIError) -> Problem:
    """PTnnn, the verbs' own, carries its status and code."""
    code = str(error.code or "")
    if code.startswith("PT") and code[2:].isdigit():
        return Problem(
            int(code[2:]),
            str(error.details or "refused"),
            error.message or "Refused",
            error.hint or "",
        )
    for beginning, problem in _DATABASE.items():
        if code.startswith(beginning):
            return Problem(*problem)
    if may_pass(error):
        return Problem(*UNREACHABLE)
    return Problem(
        502, "database_error", "The database refused", "Try again; then tell an operator."
    )


def problem_of(error: Exception) -> Problem:
    """What went wrong, in the words of the service."""
    match error:
        case Problem():
            return error
        case APIError():
            return _from_database(error)
        case RequestValidationError():
            faults = [
                {"field": ".".join(map(str, fault["loc"])), "message": fault["msg"]}
                for fault in error.errors()
            ]
            return Problem(
                422,
                "request_invalid",
                "The request is not valid",
                "See errors for each field.",
                faults,
            )
        case HTTPException():
            return Problem(
                error.status_code, _HTTP.get(error.status_code, "http_error"), error.detail
            )
        case httpx.HTTPError():
            return Problem(*UNREACHABLE)
    return Problem(500, "internal", "Something broke on our side", "It has been logged.")


async def respond(request: Request, error: Exception) -> JSONResponse:
    """`error` as problem+json."""
    problem = problem_of(error)
    body = ProblemBody(**problem.told, request_id=request.state.request_id)
    return JSONResponse(
        body.model_dump(exclude_none=True), problem.status_code, problem.headers, MEDIA_TYPE
    )


HANDLERS: dict[Any, Any] = dict.fromkeys(
    (HTTPException, RequestValidationError, APIError, httpx.HTTPError), respond
)
RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemBody, "content": {MEDIA_TYPE: {}}}
    for status in (400, 401, 403, 404, 409, 413, 415, 422, 503)
}
