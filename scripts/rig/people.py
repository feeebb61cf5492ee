"""People: an account each, and the Data API and Storage in their name.

They speak to PostgREST itself where it can be reached: the gateway in between would add to the cost
of every call and to the proof of none. Storage and Auth stand behind the gateway alone.
"""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from scripts.rig.stacks import RunningStack

PASSWORD = "correct horse battery"
ROLES = ("owner", "editor", "reviewer", "viewer")
PERSONAS = (*ROLES, "stranger", "anonymous")


@dataclass(frozen=True)
class Person:
    """Somebody with a role. `token` is None for the anonymous; the worker has the secret key."""

    name: str
    stack: RunningStack
    apikey: str
    http: httpx.Client
    id: str = ""
    email: str = ""
    token: str | None = None

    @property
    def api_url(self) -> str:
        """Where Auth, Storage and Realtime are."""
        return self.stack.api_url

    @property
    def headers(self) -> dict[str, str]:
        """What makes a call theirs."""
        headers = {"apikey": self.apikey}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return headers

    def rest(self, method: str, path: str, **content: Any) -> httpx.Response:
        """A call of the Data API; `path` after /rest/v1/."""
        headers = self.headers | content.pop("headers", {})
        return self.http.request(
            method, f"{self.stack.data_api_url}/{path}", headers=headers, **content
        )

    def rpc(self, verb: str, **arguments: Any) -> httpx.Response:
        """A call of a SQL function; arguments without their p_."""
        named = {f"p_{name}": value for name, value in arguments.items()}
        return self.rest("POST", f"rpc/{verb}", json=named)

    def call(self, verb: str, **arguments: Any) -> Any:
        """As `rpc`, for a call that must succeed: its result."""
        response = self.rpc(verb, **arguments)
        assert response.is_success, f"{verb}: {response.status_code} {response.text}"
        if not response.content:
            return None
        return response.json()

    def rows(self, table: str, **filters: str) -> list[dict[str, Any]]:
        """Rows this person sees; a refusal is an error."""
        response = self.rest("GET", table, params=filters)
        assert response.is_success, f"{table}: {response.status_code} {response.text}"
        rows: list[dict[str, Any]] = response.json()
        return rows

    def storage(self, method: str, path: str, **content: Any) -> httpx.Response:
        """A call of Storage; `path` after /storage/v1/."""
        headers = self.headers | content.pop("headers", {})
        return self.http.request(
            method, f"{self.api_url}/storage/v1/{path}", headers=headers, **content
        )


class People:
    """Makes accounts on one stack."""

    def __init__(self, stack: RunningStack, http: httpx.Client) -> None:
        self.stack = stack
        self.http = http
        # PostgREST knows roles by their tokens; only the gateway knows what a secret key is for.
        token = stack.service_role_key or None
        self.worker = Person("worker", stack, stack.secret_key, http, token=token)
        self.anonymous = Person("anonymous", stack, stack.publishable_key, http)

    def make(self, name: str) -> Person:
        """A new confirmed account, signed in."""
        email = f"{name}-{uuid4().hex}@example.com"
        auth = f"{self.stack.api_url}/auth/v1"
        account = {"email": email, "password": PASSWORD, "email_confirm": True}
        made = self.http.post(f"{auth}/admin/users", headers=self.worker.headers, json=account)
        assert made.is_success, made.text
        signed_in = self.http.post(
            f"{auth}/token?grant_type=password",
            headers=self.anonymous.headers,
            json={"email": email, "password": PASSWORD},
        )
        assert signed_in.is_success, signed_in.text
        session = signed_in.json()
        user = session["user"]["id"]
        key = self.stack.publishable_key
        return Person(name, self.stack, key, self.http, user, email, session["access_token"])

    def team(self) -> dict[str, Person]:
        """One person for every persona."""
        made = {name: self.make(name) for name in (*ROLES, "stranger")}
        return made | {"anonymous": self.anonymous}
