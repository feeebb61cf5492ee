"""What the client suites share: supabase-py clients that keep nothing, and people for one test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from supabase_auth.errors import AuthApiError
from supabase_auth.types import Session, User

from supabase import Client, ClientOptions, create_client
from tests.acceptance.clients.realtime_world import realtime_world as realtime_world

PASSWORD = "correct horse"


@dataclass(frozen=True)
class Person:
    """Somebody who has just signed up, and the client that holds their session."""

    client: Client
    session: Session
    user: User
    email: str

    @property
    def credentials(self) -> dict[str, str]:
        return {"email": self.email, "password": PASSWORD}


class People:
    """Makes clients and accounts on one stack."""

    def __init__(self, stack: Any, http: httpx.Client) -> None:
        self.stack = stack
        self.http = http
        self.auth_url = f"{stack.api_url}/auth/v1"
        self.admin = self.client(stack.secret_key).auth.admin

    def client(self, key: str | None = None) -> Client:
        options = ClientOptions(auto_refresh_token=False, httpx_client=self.http)
        return create_client(self.stack.api_url, key or self.stack.publishable_key, options)

    def address(self) -> str:
        return f"py-{uuid4()}@example.com"

    def sign_up(self) -> Person:
        client, email = self.client(), self.address()
        made = client.auth.sign_up({"email": email, "password": PASSWORD})
        assert made.session is not None
        assert made.user is not None
        return Person(client, made.session, made.user, email)

    @contextmanager
    def refused(self, code: str, status: int) -> Iterator[None]:
        """Holds when what happens inside is refused by Auth with this code and status."""
        with pytest.raises(AuthApiError) as caught:
            yield
        assert (caught.value.code, caught.value.status) == (code, status)

    def sql(self, statement: str, *values: Any) -> list[Any]:
        """Rows of one statement run as `postgres`, for what no client can see or bring about."""
        with psycopg.connect(self.stack.db_url) as conn:
            cursor = conn.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="session")
def people(stack: Any) -> Iterator[People]:
    with httpx.Client(trust_env=False, timeout=30) as http:
        yield People(stack, http)
