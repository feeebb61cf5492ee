"""One call of Auth: its body, its transaction, its answer, and its faults in both API versions."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from scripts.local_supabase.stack import Row, Stack

VERSION_HEADER = "x-supabase-api-version"
# From this version on `code` in a fault's body is a name; before, it is the HTTP status.
NAMED_CODES_VERSION = "2024-01-01"
UNIQUE_EMAIL = "users_email_partial_key"
# Fields of a body that hosted Auth knows and this one does not.
NOT_HERE = ("phone", "password_hash", "should_soft_delete")
FIELD_TYPES: dict[str, type] = {
    "email": str,
    "password": str,
    "refresh_token": str,
    "role": str,
    "ban_duration": str,
    "id": str,
    "data": dict,
    "user_metadata": dict,
    "app_metadata": dict,
}


class AuthFault(Exception):
    """An answer that is not success: HTTP status, stable code, sentence, extra body fields."""

    def __init__(self, status: int, code: str, message: str, **extra: Any) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.extra = extra

    def response(self, request: Request) -> Response:
        """In the form of the API version that the request names."""
        headers = {"x-sb-error-code": self.code}
        if _knows_named_codes(request):
            headers[VERSION_HEADER] = NAMED_CODES_VERSION
            body: Row = {"code": self.code, "message": str(self)}
        else:
            body = {"code": self.status, "error_code": self.code, "msg": str(self)}
        return JSONResponse(body | self.extra, self.status, headers)


class EmailExists(AuthFault):
    """Another account has the address."""

    def __init__(self) -> None:
        message = "A user with this email address has already been registered"
        super().__init__(422, "email_exists", message)


class UserAlreadyExists(AuthFault):
    """Somebody signs up with the address of an account."""

    def __init__(self) -> None:
        super().__init__(422, "user_already_exists", "User already registered")


class ValidationFailed(AuthFault):
    """What was sent is not of the form it must have."""

    def __init__(self, message: str) -> None:
        super().__init__(400, "validation_failed", message)


class BadJson(AuthFault):
    """The body is no JSON object, or a field in it has another type; `field` names that one."""

    def __init__(self, field: str = "") -> None:
        sentence = "Could not parse request body as JSON"
        super().__init__(400, "bad_json", f"{sentence}: {field}" if field else sentence)


class NotImplementedHere(AuthFault):
    """Hosted Auth does it and this one does not; `detail` follows the call's path."""

    def __init__(self, request: Request, detail: str) -> None:
        call = f"{request.method} {request.url.path}{detail}"
        sentence = f"{call} is not part of the local Supabase Auth"
        super().__init__(501, "not_implemented", sentence)


class UserBanned(AuthFault):
    """A banned user signs in, or calls with a session from before the ban."""

    def __init__(self, status: int, message: str = "User is banned") -> None:
        super().__init__(status, "user_banned", message)


def _knows_named_codes(request: Request) -> bool:
    version = request.headers.get(VERSION_HEADER, "")
    is_date = re.fullmatch(r"\d{4}-\d{2}-\d{2}", version) is not None
    return is_date and version >= NAMED_CODES_VERSION


@dataclass(frozen=True)
class Call:
    """A request, the stack it came to, its JSON body, and the transaction it runs in."""

    request: Request
    stack: Stack
    body: Row
    conn: psycopg.AsyncConnection[Row]

    async def run(self, statement: LiteralString, *values: Any) -> list[Row]:
        """One statement; its rows, if it has any."""
        cursor = await self.conn.execute(statement, values)
        if cursor.description is None:
            return []
        return await cursor.fetchall()

    def option(self, name: str, default: Any) -> Any:
        """A key of config.toml's [auth], with the CLI's default."""
        return self.stack.settings.get("auth", {}).get(name, default)


Handler = Callable[[Call], Awaitable[Response]]


async def answer_call(handler: Handler, failure: str, stack: Stack, request: Request) -> Response:
    """The handler's response, what it did committed; or its fault, all of it undone.

    It runs as supabase_auth_admin, so that triggers on auth tables run as on hosted. A database
    error is 500 unexpected_failure with the sentence `failure`; a taken address is 422.
    """
    try:
        body = await _read_body(request)
        async with stack.pool.connection() as conn:
            await conn.execute("set local role supabase_auth_admin; set local search_path = auth")
            return await handler(Call(request, stack, body, conn))
    except AuthFault as fault:
        return fault.response(request)
    except psycopg.Error as error:
        return _database_fault(error, failure, request).response(request)


def _database_fault(error: psycopg.Error, failure: str, request: Request) -> AuthFault:
    if error.diag.constraint_name != UNIQUE_EMAIL:
        return AuthFault(500, "unexpected_failure", failure)
    if request.url.path.endswith("/signup"):
        return UserAlreadyExists()
    return EmailExists()


async def _read_body(request: Request) -> Row:
    """The fields that are set. Raises `BadJson`, `NotImplementedHere`."""
    try:
        fields = json.loads(await request.body() or b"{}").items()
    except (ValueError, AttributeError, RecursionError) as error:
        raise BadJson from error
    body = {name: value for name, value in fields if value is not None}
    for name, value in body.items():
        if not isinstance(value, FIELD_TYPES.get(name, object)):
            raise BadJson(name)
        if name in NOT_HERE and value:
            raise NotImplementedHere(request, f" with {name}")
    return body
