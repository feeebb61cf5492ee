"""The role postgres has on the local stack what it has on a hosted project, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import errors

from scripts.rig.stacks import RunningStack

TRIGGER = """
create function public.test_trigger() returns trigger language plpgsql as 'begin return new; end';
create trigger test_trigger after insert on {table} for each row execute function public.test_trigger();
drop trigger test_trigger on {table};
"""


@pytest.fixture
def db(stack: RunningStack) -> Iterator[psycopg.Connection[Any]]:
    """The database as postgres; what a test changes is rolled back."""
    with psycopg.connect(stack.db_url) as conn:
        yield conn
        conn.rollback()


def test_postgres__is_no_superuser_and_owns_the_database(db: psycopg.Connection[Any]) -> None:
    row = db.execute(
        "select r.rolsuper, r.rolbypassrls, r.rolcreaterole, r.rolcreatedb, d.datdba = r.oid"
        " from pg_roles r, pg_database d where r.rolname = current_user and d.datname = current_database()"
    ).fetchone()
    assert row == (False, True, True, True, True)


@pytest.mark.parametrize(
    "table", ["storage.objects", "storage.buckets", "realtime.messages", "auth.users"]
)
def test_policies__are_postgres_to_make_change_and_drop(
    db: psycopg.Connection[Any], table: str
) -> None:
    db.execute(f"create policy test_policy on {table} for select to authenticated using (true)")
    db.execute(f"alter policy test_policy on {table} using (false)")
    db.execute(f"drop policy test_policy on {table}")


@pytest.mark.parametrize("table", ["auth.users", "storage.objects", "realtime.messages"])
def test_triggers__are_postgres_to_make_and_drop(db: psycopg.Connection[Any], table: str) -> None:
    db.execute(TRIGGER.format(table=table))


@pytest.mark.parametrize(
    "statement",
    [
        "alter table storage.objects enable row level security",
        "alter table storage.objects disable row level security",
        "alter table auth.users add column extra text",
        "alter table realtime.messages owner to postgres",
        "create index on storage.objects (name)",
        "drop table storage.objects cascade",
        "create rule test_rule as on insert to storage.objects do nothing",
        "alter function auth.uid() rename to whoami",
        "drop event trigger supabase_lend_owners",
        "drop schema _platform cascade",
    ],
)
def test_owner_only_ddl__fails_with_must_be_owner(
    db: psycopg.Connection[Any], statement: str
) -> None:
    with pytest.raises(errors.InsufficientPrivilege, match="must be owner of"):
        db.execute(statement)


@pytest.mark.parametrize(
    "role", ["supabase_admin", "supabase_auth_admin", "supabase_storage_admin"]
)
def test_owner_roles__cannot_be_taken_on_or_granted(db: psycopg.Connection[Any], role: str) -> None:
    for statement in (f"set role {role}", f"grant {role} to postgres"):
        with pytest.raises(errors.InsufficientPrivilege), db.transaction():
            db.execute(statement)


def test_lent_ownership__is_gone_after_the_command_and_after_a_failure(
    db: psycopg.Connection[Any],
) -> None:
    db.execute(
        "create policy test_policy on storage.objects for select to authenticated using (true)"
    )
    with pytest.raises(errors.UndefinedColumn), db.transaction():
        db.execute("create policy test_other on storage.objects for select using (no_such_column)")
    lent = db.execute(
        "select count(*) from pg_auth_members where member = 'postgres'::regrole"
        " and roleid::regrole::text like 'supabase%%admin'"
    ).fetchone()
    assert lent == (0,)


@pytest.mark.local
def test_policies__on_other_platform_tables_are_refused(stack: RunningStack) -> None:
    with psycopg.connect(stack.admin_url) as conn:
        conn.execute(
            "create table storage.closed (id int); alter table storage.closed owner to supabase_storage_admin"
        )
        conn.execute("set local session authorization postgres")
        with pytest.raises(
            errors.InsufficientPrivilege, match=r"must be owner of relation storage\.closed"
        ):
            conn.execute("create policy test_policy on storage.closed for select using (true)")
        conn.rollback()


@pytest.mark.parametrize("schema", ["auth", "storage", "realtime"])
def test_platform_schemas__are_closed_to_new_objects(
    db: psycopg.Connection[Any], schema: str
) -> None:
    with pytest.raises(
        errors.InsufficientPrivilege, match=f"permission denied for schema {schema}"
    ):
        db.execute(f"create table {schema}.mine (id int)")


def test_extensions__are_postgres_to_install(db: psycopg.Connection[Any]) -> None:
    for name in ("pg_trgm", "unaccent", "citext"):
        db.execute(f"create extension if not exists {name} with schema extensions")


def test_new_tables__are_not_granted_to_the_api_roles(db: psycopg.Connection[Any]) -> None:
    db.execute("create table public.test_unexposed (id int)")
    for role in ("anon", "authenticated", "service_role"):
        granted = db.execute(
            "select has_table_privilege(%s, 'public.test_unexposed', 'select')", [role]
        ).fetchone()
        assert granted == (False,), role


def test_api_roles__have_the_hosted_time_limits(db: psycopg.Connection[Any]) -> None:
    rows = db.execute(
        "select r.rolname, s.setconfig from pg_db_role_setting s join pg_roles r on r.oid = s.setrole"
        " where r.rolname in ('anon', 'authenticated', 'authenticator')"
    ).fetchall()
    settings = {role: set(values) for role, values in rows}
    assert "statement_timeout=3s" in settings["anon"]
    assert "statement_timeout=8s" in settings["authenticated"]
    assert {"statement_timeout=8s", "lock_timeout=8s"} <= settings["authenticator"]
