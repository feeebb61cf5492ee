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
EMAIL_EXISTS = "email_exists", "A user with this email address has already been registered"
USER_EXISTS = "user_already_exists", "User already registered"
NOT_HERE = ("phone", "password_hash", "should_soft_delete")
TEXTS = ("email", "password", "refresh_token", "role", "ban_duration", "id")
KINDS = dict.fromkeys(TEXTS, str) | dict.fromkeys(("data", "user_metadata", "app_metadata"), dict)


class AuthFault(Exception):
    """An answer that is not success: HTTP status, stable code, sentence, extra body fields."""

    def __init__(self, status: int, code: str, message: str, **extra: Any) -> None:
        super().__init__(message)
        self.status, self.code, self.extra = status, code, extra

    def response(self, request: Request) -> Response:
        """In the form of the API version that the request names: `code` is a name since 2024."""
        version, headers = request.headers.get(VERSION_HEADER, ""), {"x-sb-error-code": self.code}
        body: Row = {"code": self.status, "error_code": self.code, "msg": str(self)}
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", version) and version >= "2024-01-01":
            headers[VERSION_HEADER] = "2024-01-01"
            body = {"code": self.code, "message": str(self)}
        return JSONResponse(body | self.extra, self.status, headers)


def invalid(message: str) -> AuthFault:
    return AuthFault(400, "validation_failed", message)


def not_implemented(request: Request, detail: str) -> AuthFault:
    """501 for what hosted Auth does and this one does not, named."""
    call = f"{request.method} {request.url.path}{detail}"
    return AuthFault(501, "not_implemented", f"{call} is not part of the local Supabase Auth")


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
        return await cursor.fetchall() if cursor.description else []

    def option(self, name: str, default: Any) -> Any:
        """A key of config.toml's [auth], with the CLI's default."""
        return self.stack.settings.get("auth", {}).get(name, default)


Handler = Callable[[Call], Awaitable[Response]]


async def answer(handler: Handler, failure: str, stack: Stack, request: Request) -> Response:
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
        if error.diag.constraint_name != "users_email_partial_key":
            return AuthFault(500, "unexpected_failure", failure).response(request)
        taken = USER_EXISTS if request.url.path.endswith("/signup") else EMAIL_EXISTS
        return AuthFault(422, *taken).response(request)


async def _read_body(request: Request) -> Row:
    """The fields that are set. Raises 400 bad_json, also for a wrong type, and 501 by field."""
    try:
        body = {k: v for k, v in json.loads(await request.body() or b"{}").items() if v is not None}
    except (ValueError, AttributeError, RecursionError) as error:
        raise AuthFault(400, "bad_json", "Could not parse request body as JSON") from error
    for name, value in body.items():
        if not isinstance(value, KINDS.get(name, object)):
            raise AuthFault(400, "bad_json", f"Could not parse request body as JSON: {name}")
        if name in NOT_HERE and value:
            raise not_implemented(request, f" with {name}")
    return body
