"""The two ways to Supabase: as the caller (the api) and as the worker."""

import re
import ssl
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx
from httpx_aiohttp import AiohttpTransport
from postgrest import AsyncPostgrestClient
from postgrest.exceptions import APIError
from storage3.exceptions import StorageApiError

# What says that Supabase is away, full, overrun or starting.
_PASSING = re.compile(
    r"""
    (08|40|53|57|58)...$  # SQLSTATE: connection, rollback, resources, intervention, system
    | 25006               # a hosted project whose disk is almost full takes no writes
    | 55P03               # a lock was waited for too long
    | PGRST00 | PGRSTX    # PostgREST has no connection, or did not understand the database
    | (408|429|5\d\d)$    # the HTTP status of a page that is no JSON
    | $                   # a connection that was cut has an empty code, a gateway's JSON has none
    """,
    re.VERBOSE,
)


@cache
def trusted_authorities() -> ssl.SSLContext:
    """Whom every HTTPS connection of this process trusts; reading them takes 50 ms."""
    return httpx.create_ssl_context()


def open_pool(url: str, key: str) -> httpx.AsyncClient:
    """One HTTP pool to a project; every call carries `key`. Whoever opens it closes it."""
    limits = httpx.Limits(max_connections=200)
    transport = AiohttpTransport(verify=trusted_authorities(), limits=limits)
    return httpx.AsyncClient(base_url=url, headers={"apikey": key}, transport=transport, timeout=60)


def sql_arguments(values: dict[str, Any]) -> dict[str, Any]:
    """Arguments of a verb as SQL names them."""
    return {f"p_{name}": value for name, value in values.items()}


def may_pass(error: BaseException) -> bool:
    """True for faults of the way to rows and files: the same call may succeed a moment later."""
    match error:
        case APIError(code=code) | StorageApiError(status=code):
            return bool(_PASSING.match(str(code or "")))
        case httpx.HTTPStatusError(response=response):
            return bool(_PASSING.match(str(response.status_code)))
    return isinstance(error, httpx.TransportError)


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
        return (await client.rpc(verb, sql_arguments(arguments)).execute()).data
