"""Whatever goes wrong becomes one of our problems, answered as RFC 9457 problem+json."""

from typing import Any

import httpx
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from postgrest.exceptions import APIError
from starlette.exceptions import HTTPException

from service.connections import may_pass
from service.http.problems import (
    AlreadyExists,
    DatabaseError,
    DatabaseTimeout,
    DiskFull,
    FrameworkRefused,
    Internal,
    NotAllowed,
    Problem,
    ProblemBody,
    RequestInvalid,
    SupabaseUnreachable,
    TokenInvalid,
    ValueMalformed,
    ValueNotAllowed,
    VerbRefused,
)

MEDIA_TYPE = "application/problem+json"

# Beginning of a SQLSTATE or PostgREST code -> the problem; the first that fits.
_DATABASE: dict[str, type[Problem]] = {
    "42501": NotAllowed,
    "23505": AlreadyExists,
    "22": ValueMalformed,
    "23": ValueNotAllowed,
    "57014": DatabaseTimeout,
    "53100": DiskFull,
    "PGRST30": TokenInvalid,
}


def _from_database(error: APIError) -> Problem:
    code = str(error.code or "")
    # PTnnn is a verb's own refusal and carries its status.
    if code.startswith("PT") and code[2:].isdigit():
        return VerbRefused(
            status=int(code[2:]),
            code=str(error.details or "refused"),
            title=error.message or "Refused",
            next_step=error.hint or "",
        )
    for beginning, problem in _DATABASE.items():
        if code.startswith(beginning):
            return problem()
    return SupabaseUnreachable() if may_pass(error) else DatabaseError()


def _from_validation(error: RequestValidationError) -> Problem:
    return RequestInvalid(
        [
            {"field": ".".join(map(str, fault["loc"])), "message": fault["msg"]}
            for fault in error.errors()
        ]
    )


def problem_of(error: Exception) -> Problem:
    """What went wrong, in the words of the service."""
    match error:
        case Problem():
            return error
        case APIError():
            return _from_database(error)
        case RequestValidationError():
            return _from_validation(error)
        case HTTPException():
            return FrameworkRefused(error)
        case httpx.HTTPError():
            return SupabaseUnreachable()
    return Internal()


async def respond_with_problem(request: Request, error: Exception) -> JSONResponse:
    """`error` as problem+json."""
    problem = problem_of(error)
    body = problem.body(request.state.request_id).model_dump(exclude_none=True)
    return JSONResponse(body, problem.status, problem.headers, MEDIA_TYPE)


HANDLERS: dict[Any, Any] = dict.fromkeys(
    (HTTPException, RequestValidationError, APIError, httpx.HTTPError), respond_with_problem
)
RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemBody, "content": {MEDIA_TYPE: {}}}
    for status in (400, 401, 403, 404, 409, 413, 415, 422, 503)
}
