"""One family of errors, rendered as RFC 9457 problem+json. PostgREST and Storage errors are translated here, once."""

from typing import Any

import httpx
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from postgrest.exceptions import APIError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

MEDIA_TYPE = "application/problem+json"


class ProblemBody(BaseModel):
    """The one error shape of the service (RFC 9457)."""

    type: str = Field(examples=["about:blank"])
    title: str = Field(examples=["No such project"])
    status: int = Field(examples=[404])
    code: str = Field(description="Stable, snake_case.", examples=["project_not_found"])
    detail: str = Field(examples=["It does not exist or you are not a member."])
    request_id: str = Field(examples=["5f2c0f0e9d3b4a0c8a53c1c7c1a7d1f4"])
    errors: list[dict[str, str]] | None = None


class Problem(HTTPException):
    """An expected fault: an HTTP status, a stable code, a constant title and a hint for the next step.

    An HTTPException, so that FastAPI lets it pass while it reads a body.
    """

    def __init__(self, status: int, code: str, title: str, detail: str = "", errors: Any = None) -> None:
        headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
        super().__init__(status, detail, headers)
        self.status = status
        self.code = code
        self.title = title
        self.errors = errors


# SQLSTATE or PostgREST code -> (status, code, title). Anything else is a fault of ours or of the database.
_DATABASE = {
    "42501": (403, "not_allowed", "Your role does not allow this"),
    "23514": (422, "value_not_allowed", "A value is outside what the table allows"),
    "23502": (422, "value_missing", "A required value is missing"),
    "22P02": (422, "value_malformed", "A value has the wrong form"),
    "22023": (422, "value_malformed", "A value has the wrong form"),
    "23505": (409, "already_exists", "It exists already"),
    "23503": (409, "reference_unknown", "It refers to something that does not exist"),
    "57014": (503, "database_timeout", "The database took too long"),
    "53100": (507, "disk_full", "The database has no room left"),
    "PGRST301": (401, "token_invalid", "The token is not valid"),
    "PGRST302": (401, "token_missing", "Sign in first"),
    "PGRST303": (401, "token_invalid", "The token is not valid"),
}


def from_database(error: APIError) -> Problem:
    """The problem behind a PostgREST error: PTnnn carries its own status and code."""
    code = str(error.code or "")
    if code.startswith("PT") and code[2:].isdigit():
        title = error.message or "Refused"
        return Problem(int(code[2:]), str(error.details or "refused"), title, error.hint or "")
    if code in _DATABASE:
        return Problem(*_DATABASE[code])
    return Problem(502, "database_error", "The database refused", "Try again; then tell an operator.")


def from_storage(response: httpx.Response) -> Problem:
    """The problem behind a Storage answer; the true status is inside the body."""
    try:
        body = response.json()
    except ValueError:
        body = {}
    status = int(body.get("statusCode") or response.status_code)
    if status in (401, 403):
        return Problem(403, "upload_not_allowed", "You may not upload to this project")
    if status == 413:
        return Problem(413, "file_too_large", "The file is larger than the bucket allows")
    if status == 415:
        return Problem(415, "type_unsupported", "The bucket does not take this type of file")
    return Problem(502, "storage_error", "Storage did not take the file", "Try again.")


def respond(request: Request, problem: Problem) -> JSONResponse:
    """`problem` as problem+json."""
    body = ProblemBody(
        type="about:blank",
        title=problem.title,
        status=problem.status,
        code=problem.code,
        detail=problem.detail,
        request_id=getattr(request.state, "request_id", ""),
        errors=problem.errors,
    )
    return JSONResponse(
        body.model_dump(exclude_none=True), problem.status, headers=problem.headers, media_type=MEDIA_TYPE
    )


def _from_validation(error: RequestValidationError) -> Problem:
    errors = [
        {"field": ".".join(str(part) for part in fault["loc"]), "message": fault["msg"]} for fault in error.errors()
    ]
    title = "The request is not valid"
    return Problem(422, "request_invalid", title, "See errors for each field.", errors)


def _from_http(error: HTTPException) -> Problem:
    code = {404: "route_not_found", 405: "method_not_allowed"}.get(error.status_code, "http_error")
    return Problem(error.status_code, code, str(error.detail))


def _unreachable(_: httpx.HTTPError) -> Problem:
    return Problem(503, "supabase_unreachable", "Supabase does not answer", "Try again shortly.")


def install(app: FastAPI) -> None:
    """Makes every error of `app` a problem."""
    translators: dict[type[Exception], Any] = {
        Problem: lambda error: error,
        APIError: from_database,
        RequestValidationError: _from_validation,
        HTTPException: _from_http,
        httpx.HTTPError: _unreachable,
    }
    for kind, translate in translators.items():

        async def handle(request: Request, error: Exception, translate: Any = translate) -> Any:
            return respond(request, translate(error))

        app.add_exception_handler(kind, handle)


RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemBody, "description": text, "content": {MEDIA_TYPE: {}}}
    for status, text in {
        401: "No valid token",
        403: "The role does not allow it",
        404: "Not there, or not for you",
        409: "The state does not allow it",
        413: "Too large",
        422: "Not valid",
        503: "Supabase does not answer",
    }.items()
}
