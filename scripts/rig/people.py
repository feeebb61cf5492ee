"""People: an account each, and the Data API and Storage in their name."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

PASSWORD = "correct horse battery"
ROLES = ("owner", "editor", "reviewer", "viewer")
PERSONAS = (*ROLES, "stranger", "anonymous")


@dataclass(frozen=True)
class Person:
    """Somebody with a role. `token` is None for the anonymous; the worker has the secret key."""

    name: str
    api_url: str
    apikey: str
    http: httpx.Client
    id: str = ""
    email: str = ""
    token: str | None = None

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
            method, f"{self.api_url}/rest/v1/{path}", headers=headers, **content
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

    def __init__(
        self, api_url: str, publishable_key: str, secret_key: str, http: httpx.Client
    ) -> None:
        self.api_url = api_url
        self.publishable_key = publishable_key
        self.http = http
        self.worker = Person("worker", api_url, secret_key, http)
        self.anonymous = Person("anonymous", api_url, publishable_key, http)

    def make(self, name: str) -> Person:
        """A new confirmed account, signed in."""
        email = f"{name}-{uuid4().hex}@example.com"
        auth = f"{self.api_url}/auth/v1"
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
        return Person(
            name=name,
            api_url=self.api_url,
            apikey=self.publishable_key,
            http=self.http,
            id=session["user"]["id"],
            email=email,
            token=session["access_token"],
        )

    def team(self) -> dict[str, Person]:
        """One person for every persona."""
        return {name: self.make(name) for name in (*ROLES, "stranger")} | {
            "anonymous": self.anonymous
        }
