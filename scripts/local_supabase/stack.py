"""What the gateway gives to every stand-in: the stack's addresses and keys, and its database pool.

Auth, Storage and Realtime each expose `routes(stack) -> list[BaseRoute]` with paths relative to
their mount (/auth/v1, /storage/v1, /realtime/v1); Realtime also exposes `lifespan(stack)`, an async
context manager. Their SQL files (20_, 30_, 40_) run as the superuser `supabase_admin` after
10_roles.sql has made all roles and schemas; 50_platform.sql then hands the tables of auth, storage
and realtime to their owner roles.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from scripts.local_supabase.tokens import Tokens

Row = dict[str, Any]
Pool = AsyncConnectionPool[AsyncConnection[Row]]


@dataclass(frozen=True)
class Stack:
    """One running local Supabase.

    `admin_dsn` logs in as the superuser `supabase_admin`, `db_dsn` as `postgres` (no superuser).
    `settings` is supabase/config.toml as parsed: `settings["auth"]["jwt_expiry"]`.
    `pool` holds superuser connections, autocommit off, rows as dicts; open while the gateway runs.
    """

    api_url: str
    admin_dsn: str
    db_dsn: str
    rest_url: str
    state_dir: Path
    publishable_key: str
    secret_key: str
    tokens: Tokens
    settings: dict[str, Any]
    pool: Pool
