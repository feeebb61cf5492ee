"""What the database grants and what Supabase's advisors say, held against what the schemas
declare.
"""

import re
from collections.abc import Iterator
from typing import Any

import psycopg

from scripts.commands.schemas import Tree
from scripts.commands.stack import ROOT

_SURFACE = (ROOT / "sql" / "checks" / "access_surface.sql").read_bytes
_OBJECTS = """
select
  case c.relkind when 'S' then 'sequence' else 'table' end,
  format('%I.%I', n.nspname, c.relname)
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'S') and n.nspname in ('public', 'private')
union all
select 'function', format('%I.%I', n.nspname, p.proname)
from pg_proc as p
inner join pg_namespace as n on n.oid = p.pronamespace
where n.nspname in ('public', 'private')
order by 1, 2
"""
_UNTOLD = """
select p.oid::regprocedure::text
from pg_proc as p
where p.pronamespace = 'public'::regnamespace and obj_description(p.oid, 'pg_proc') is null
order by 1
"""


def surface(db_url: str, tree: Tree | None = None) -> list[str]:
    """What anon or PUBLIC can reach, tables without row-level security, what is not revoked or not
    explained.
    """
    with psycopg.connect(db_url) as connection:
        rows = connection.execute(_SURFACE()).fetchall()
        objects = connection.execute(_OBJECTS.encode()).fetchall()
        untold = connection.execute(_UNTOLD.encode()).fetchall()
    faults = [f"{row[0]} {row[2]}: {row[3]}" for row in rows]
    faults += [f"{row[0]}: no comment on function tells what it does and refuses" for row in untold]
    return faults + list(_unrevoked(objects, _declared(tree)))


def _declared(tree: Tree | None) -> str:
    return "\n".join(path.read_text() for path in (tree or Tree()).declarations)


def _unrevoked(objects: list[tuple[Any, ...]], declared: str) -> Iterator[str]:
    """An object that nothing revokes is open where a platform's default privileges grant it."""
    for kind, name in objects:
        revoke = (
            rf"\brevoke all on {kind} {re.escape(name)}\b[^;]*"
            r"from public, anon, authenticated, service_role;"
        )
        if not re.search(revoke, declared):
            yield f"{name}: no schema revokes this {kind} from everybody first"


def explained(lint: dict[str, Any], ignored: set[str]) -> bool:
    """True for a finding that is ignored by rule, or has `-- advisor: <lint> <why>` beside its
    object.
    """
    about = lint.get("metadata") or {}
    if lint["name"] in ignored:
        return True
    if lint["name"] == "rls_enabled_no_policy" and about.get("schema") == "private":
        return True
    mark = re.compile(
        rf"-- advisor: {lint['name']} \S.*\n(?:.*\n){{0,3}}?.*\b{about.get('name', '')}\b"
    )
    return bool(mark.search(_declared(None)))
