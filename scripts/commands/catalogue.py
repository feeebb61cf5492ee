"""What the database grants and what Supabase's advisors say, held against what the migrations mean."""

import re
from collections.abc import Iterator
from typing import Any

import psycopg

from scripts.commands.stack import ROOT

_SURFACE = (ROOT / "sql" / "checks" / "access_surface.sql").read_bytes
_TABLES = """
select c.oid::regclass::text
from pg_class as c
where c.relkind in ('r', 'p') and c.relnamespace in ('public'::regnamespace, 'private'::regnamespace)
"""


def surface(db_url: str) -> list[str]:
    """What anon or PUBLIC can reach, tables without row-level security, and tables no migration revokes."""
    with psycopg.connect(db_url) as connection:
        rows = connection.execute(_SURFACE()).fetchall()
        tables = [row[0] for row in connection.execute(_TABLES).fetchall()]
    faults = [f"{row[0]} {row[2]}: {row[3]}" for row in rows]
    return faults + list(_unrevoked(tables))


def _unrevoked(tables: list[str]) -> Iterator[str]:
    text = "\n".join(
        p.read_text() for p in sorted((ROOT / "supabase" / "migrations").glob("*.sql"))
    )
    revokes = " ".join(re.findall(r"revoke all on table (.*?) from", text, re.DOTALL))
    for table in tables:
        name = table if "." in table else f"public.{table}"
        if not re.search(rf"\b{re.escape(name)}\b", revokes):
            yield f"{name}: no migration revokes it from everybody first"


def explained(lint: dict[str, Any], ignored: set[str]) -> bool:
    """True for a finding that is ignored by rule, or has `-- advisor: <lint> <why>` beside its object."""
    about = lint.get("metadata") or {}
    if lint["name"] in ignored:
        return True
    if lint["name"] == "rls_enabled_no_policy" and about.get("schema") == "private":
        return True
    mark = re.compile(
        rf"-- advisor: {lint['name']} \S.*\n(?:.*\n){{0,3}}?.*\b{about.get('name', '')}\b"
    )
    files = sorted((ROOT / "supabase" / "migrations").glob("*.sql"))
    return any(mark.search(path.read_text()) for path in files)
