"""The two ways to Supabase: as the caller (the api) and as the worker. Nothing else makes a client."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from postgrest import AsyncPostgrestClient

from service.settings import Settings, WorkerSettings
from supabase import AsyncClient, AsyncClientOptions, acreate_client


@dataclass(frozen=True)
class Gateway:
    """A project's addresses and one shared HTTP pool. Holds no secret."""

    url: str
    publishable_key: str
    http: httpx.AsyncClient

    def headers(self, token: str | None = None, request_id: str | None = None) -> dict[str, str]:
        """Headers of a call: the publishable key, and the caller's token where there is one."""
        headers = {"apikey": self.publishable_key}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if request_id:
            headers["X-Request-Id"] = request_id
        return headers


@asynccontextmanager
async def connect(settings: Settings) -> AsyncIterator[Gateway]:
    """A `Gateway` whose pool is closed at the end."""
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=50)
    async with httpx.AsyncClient(limits=limits, timeout=httpx.Timeout(30)) as http:
        yield Gateway(settings.supabase_url, settings.supabase_publishable_key, http)


@dataclass(frozen=True)
class AsCaller:
    """Verbs and objects in the caller's name: row-level security decides."""

    gateway: Gateway
    token: str
    request_id: str

    @property
    def headers(self) -> dict[str, str]:
        """Headers that make a call the caller's."""
        return self.gateway.headers(self.token, self.request_id)

    async def call(self, verb: str, **arguments: Any) -> Any:
        """Result of the SQL function `verb`; arguments without their `p_`. Raises `APIError`."""
        client = AsyncPostgrestClient(
            f"{self.gateway.url}/rest/v1", headers=self.headers, http_client=self.gateway.http
        )
        named = {f"p_{name}": value for name, value in arguments.items()}
        return (await client.rpc(verb, named).execute()).data


async def as_worker(settings: WorkerSettings, http: httpx.AsyncClient) -> AsyncClient:
    """The official client with the secret key, on `http`. It speaks in verbs and moves bytes."""
    options = AsyncClientOptions(auto_refresh_token=False, persist_session=False, httpx_client=http)
    key = settings.supabase_secret_key.get_secret_value()
    return await acreate_client(settings.supabase_url, key, options)
