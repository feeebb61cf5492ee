"""The two ways to Supabase: as the caller (the api) and as the worker. Nothing else makes a client."""

from dataclasses import dataclass
from typing import Any

import httpx
from postgrest import AsyncPostgrestClient


def pool(url: str, key: str) -> httpx.AsyncClient:
    """One HTTP pool to a project; every call carries `key`. Whoever opens it closes it."""
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=100)
    return httpx.AsyncClient(base_url=url, headers={"apikey": key}, limits=limits, timeout=60)


def arguments_of(values: dict[str, Any]) -> dict[str, Any]:
    """Arguments of a verb as SQL names them."""
    return {f"p_{name}": value for name, value in values.items()}


@dataclass(frozen=True)
class AsCaller:
    """Verbs and objects in the caller's name: row-level security decides."""

    http: httpx.AsyncClient
    token: str
    request_id: str

    @property
    def headers(self) -> dict[str, str]:
        """Headers that make a call the caller's."""
        return {"Authorization": f"Bearer {self.token}", "X-Request-Id": self.request_id}

    async def call(self, verb: str, **arguments: Any) -> Any:
        """Result of the SQL function `verb`; arguments without their `p_`. Raises `APIError`."""
        url = self.http.base_url.join("/rest/v1")
        client = AsyncPostgrestClient(str(url), headers=self.headers, http_client=self.http)
        return (await client.rpc(verb, arguments_of(arguments)).execute()).data
