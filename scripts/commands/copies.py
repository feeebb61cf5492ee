"""A cluster for comparing databases: Supabase's roles and schemas, and copies that are thrown away
with it.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from scripts.local_supabase.cli import lifecycle
from scripts.local_supabase.database import postgres
from scripts.local_supabase.state import State, new_state

# Nobody connects to it, so that copies of it are made in a moment; of one in use it takes seconds.
PLATFORM = "postgres"


@dataclass(frozen=True)
class Cluster:
    """A running Postgres that holds a platform-only database and its copies."""

    state: State

    def url(self, name: str) -> str:
        """Logs in as `postgres`, the role that migrations run as: no superuser."""
        return self._address("postgres", name)

    @property
    def admin_url(self) -> str:
        """Logs in as the superuser, to a database that nobody copies."""
        return self._address("supabase_admin", "template1")

    def copy(self, name: str, template: str = PLATFORM) -> str:
        """The address of a new database that equals `template`, to which nobody may be connected.

        It takes the place of a database of that name.
        """
        drop = sql.SQL("drop database if exists {} with (force)")
        create = sql.SQL("create database {} template {} owner postgres")
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(drop.format(sql.Identifier(name)))
            connection.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
        return self.url(name)

    def _address(self, role: str, database: str) -> str:
        return self.state.dsn(role).removesuffix("postgres") + database


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A cluster of its own on a free port, made in a second; nothing of it is left afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="dossier-copies-"))
    state = new_state(folder, "free", None)
    try:
        postgres.prepare_cluster(state)
        state.parts["postgres"] = postgres.start_server(state)
        state.save()
        postgres.wait_for_server(state)
        postgres.run_platform_sql(state)
        yield Cluster(state)
    finally:
        lifecycle.destroy_stack(folder)
