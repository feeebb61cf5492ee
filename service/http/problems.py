"""Expected faults: a class each, with its status, its stable code, its sentence and the next step.

A capability that has faults of its own keeps them beside its routes. Any route may meet these.
"""

from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException


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
    """An expected fault: a status, a stable code, a constant title, and in `detail` the next step.

    An HTTPException, so that FastAPI lets it pass while it reads a body.
    """

    status: int
    code: str
    title: str
    next_step: str = ""

    def __init__(self, next_step: str | None = None) -> None:
        headers = {"WWW-Authenticate": "Bearer"} if self.status == 401 else {}
        detail = self.next_step if next_step is None else next_step
        super().__init__(self.status, detail, headers)

    def body(self, request_id: str) -> ProblemBody:
        """What a client is told."""
        return ProblemBody(
            title=self.title,
            status=self.status,
            code=self.code,
            detail=self.detail,
            request_id=request_id,
        )


class TokenMissing(Problem):
    """The route acts for a person, and nobody has signed in."""

    status = 401
    code = "token_missing"
    title = "Sign in first"
    next_step = "Send Authorization: Bearer <token>."


class TokenInvalid(Problem):
    """The token is of another project, of no user, or none."""

    status = 401
    code = "token_invalid"
    title = "The token is not valid"


class TokenExpired(Problem):
    """The token was valid."""

    status = 401
    code = "token_expired"
    title = "The token has expired"
    next_step = "Sign in again."


class NotAllowed(Problem):
    """A policy or a grant refuses."""

    status = 403
    code = "not_allowed"
    title = "Your role does not allow this"


class AlreadyExists(Problem):
    """A unique key is taken."""

    status = 409
    code = "already_exists"
    title = "It exists already"


class RequestTooLarge(Problem):
    """More bytes arrive than one request may have."""

    status = 413
    code = "request_too_large"
    title = "The request is too large"
    next_step = "Send fewer files."


class ValueMalformed(Problem):
    """The database can not read a value."""

    status = 422
    code = "value_malformed"
    title = "A value has the wrong form"


class ValueNotAllowed(Problem):
    """A constraint of a table refuses."""

    status = 422
    code = "value_not_allowed"
    title = "A value is outside what the table allows"


class RequestInvalid(Problem):
    """The request does not fit the published schema; `errors` names each field."""

    status = 422
    code = "request_invalid"
    title = "The request is not valid"
    next_step = "See errors for each field."

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__()
        self.errors = errors

    def body(self, request_id: str) -> ProblemBody:
        """As `Problem`, with the fields."""
        return super().body(request_id).model_copy(update={"errors": self.errors})


class Internal(Problem):
    """A fault of ours."""

    status = 500
    code = "internal"
    title = "Something broke on our side"
    next_step = "It has been logged."


class DatabaseError(Problem):
    """The database refuses for a reason that none of the others is."""

    status = 502
    code = "database_error"
    title = "The database refused"
    next_step = "Try again; then tell an operator."


class SupabaseUnreachable(Problem):
    """Supabase is away, full, overrun or starting."""

    status = 503
    code = "supabase_unreachable"
    title = "Supabase does not answer"
    next_step = "Try again shortly."


class DatabaseTimeout(Problem):
    """A statement took longer than it may."""

    status = 503
    code = "database_timeout"
    title = "The database took too long"


class DiskFull(Problem):
    """The database can not grow."""

    status = 507
    code = "disk_full"
    title = "The database has no room left"


class VerbRefused(Problem):
    """A verb refuses: it says status, code, sentence and next step itself."""

    def __init__(self, status: int, code: str, title: str, next_step: str) -> None:
        self.status = status
        self.code = code
        self.title = title
        super().__init__(next_step)


_FRAMEWORK_CODES = {400: "body_malformed", 404: "route_not_found", 405: "method_not_allowed"}


class FrameworkRefused(Problem):
    """The framework found no route, no method, or no readable body."""

    def __init__(self, refusal: HTTPException) -> None:
        self.status = refusal.status_code
        self.code = _FRAMEWORK_CODES.get(refusal.status_code, "http_error")
        self.title = refusal.detail
        super().__init__()
