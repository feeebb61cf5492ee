"""Tenants apart in the database itself: what a connection sees that nobody is behind, what a
worker may touch.
"""

from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from tests.support.seed import Seed

TABLES = """
select n.nspname, c.relname from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
where n.nspname in ('public', 'private') and c.relkind in ('r', 'p', 'v', 'm') order by 1, 2
"""
SHARED = {("public", "schema_templates")}  # the ready-made ones are everybody's


def _seen(db: psycopg.Connection[Any], role: str, claims: str, table: tuple[str, str]) -> int:
    """How many rows of a table a role sees; a refusal is none."""
    with db.transaction(force_rollback=True):
        db.execute("select set_config('request.jwt.claims', %s, true)", [claims])
        db.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))
        try:
            with db.transaction():
                rows = db.execute(
                    sql.SQL("select count(*) from {}").format(sql.Identifier(*table))
                ).fetchone()
        except psycopg.errors.InsufficientPrivilege:
            return 0
    assert rows is not None
    return int(rows[0])


@pytest.mark.parametrize("role", ["anon", "authenticated"])
def test_role__without_a_person_sees_nothing(
    role: str, full: Seed, db: psycopg.Connection[Any]
) -> None:
    """E-AUTH-03: every table of ours, full of rows, for a connection without claims and for
    somebody unknown.
    """
    tables = db.execute(TABLES).fetchall()
    assert len(tables) > 20
    for claims in ("", f'{{"sub": "{uuid4()}", "role": "{role}"}}'):
        seen = {table: _seen(db, role, claims, table) for table in tables if table not in SHARED}
        assert {table for table, rows in seen.items() if rows} == set()


def test_role__of_a_member_sees_its_own(full: Seed, db: psycopg.Connection[Any]) -> None:
    """E-AUTH-03: the same question in a member's name has answers: what the test above counts is
    there.
    """
    claims = f'{{"sub": "{full.owner.id}", "role": "authenticated"}}'
    for table in ("documents", "extractions", "jobs", "variables"):
        assert _seen(db, "authenticated", claims, ("public", table)) > 0


def test_worker__writes_by_verbs_alone(db: psycopg.Connection[Any]) -> None:
    """E-AUTH-03: the worker's role may write no table of ours: what it changes passes a verb,
    fenced by its task.
    """
    writable = db.execute(
        "select c.relname, p.what from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace"
        " cross join (values ('insert'), ('update'), ('delete'), ('truncate')) as p (what)"
        " where n.nspname in ('public', 'private') and c.relkind in ('r', 'p', 'v')"
        " and has_table_privilege('service_role', c.oid, p.what)"
    ).fetchall()
    assert writable == []
