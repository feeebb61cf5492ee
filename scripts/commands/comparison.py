"""Whether migrations and schemas make the same database, and by which objects they differ."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from scripts.commands import copies, schemas
from scripts.commands.schemas import Tree

_LONGEST = 200
# Before what the CLI cannot write, in a migration: a person writes the SQL under it.
BY_HAND = "-- By hand: "
# What the CLI's diff does not tell, one text a fact that names its object.
_UNSEEN = {
    "statistics target": """
        select format('%I.%I.%I: %s', n.nspname, c.relname, a.attname, a.attstattarget)
        from pg_attribute as a
        inner join pg_class as c on c.oid = a.attrelid
        inner join pg_namespace as n on n.oid = c.relnamespace
        where a.attnum > 0 and a.attstattarget >= 0 and n.nspname in ('public', 'private')""",
    "column storage": """
        select format(
          '%I.%I.%I: %s %s', n.nspname, c.relname, a.attname, a.attstorage, a.attcompression
        )
        from pg_attribute as a
        inner join pg_class as c on c.oid = a.attrelid
        inner join pg_namespace as n on n.oid = c.relnamespace
        where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'm')
          and n.nspname in ('public', 'private')""",
    "extended statistics": """
        select pg_get_statisticsobjdef(s.oid)
        from pg_statistic_ext as s
        inner join pg_namespace as n on n.oid = s.stxnamespace
        where n.nspname in ('public', 'private')""",
    "role setting": """
        select format(
          '%s: %s',
          case s.setrole when 0 then 'every role' else s.setrole::regrole::text end,
          c.setting
        )
        from pg_db_role_setting as s
        cross join unnest(s.setconfig) as c (setting)
        where s.setdatabase in (
          0, (select d.oid from pg_database as d where d.datname = current_database())
        )""",
}
_TABLES = """
select format('%I.%I', n.nspname, c.relname)
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and n.nspname in ('public', 'private')
union all
select 'storage.buckets'
order by 1
"""
# Columns that are made anew for each row: two databases with the same rows differ in them.
_MADE = """
select coalesce(array_agg(a.attname), '{}')
from pg_attribute as a
left join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
where a.attrelid = %s::regclass
  and (
    a.attidentity <> ''
    or pg_get_expr(d.adbin, d.adrelid) ~ 'gen_random_uuid|now|clock_timestamp'
  )
"""

Facts = set[str]


def faults() -> list[str]:
    """What `scripts/check` says of this checkout."""
    with copies.cluster() as cluster:
        return differences(Tree(), cluster)


def differences(tree: Tree, cluster: copies.Cluster) -> list[str]:
    """By what a database that the migrations made differs from one that the schemas made, and what
    a person has still to write; empty for nothing.
    """
    migrated, declared = make_both(tree, cluster)
    statements = schemas.statements_between(migrated.url, declared.url)
    seen = [f"no migration says: {_shortened(each)}" for each in statements if _is_change(each)]
    unseen = unseen_differences(migrated.facts, declared.facts)
    unwritten = [
        f"supabase/migrations/{path.name}: no SQL stands under: {note}"
        for path in tree.migrations
        for note in open_notes(path)
    ]
    return seen + unseen + unwritten


def open_notes(migration: Path) -> list[str]:
    """The notes of what is to write by hand under which no SQL stands yet."""
    parts = re.split(f"^{BY_HAND}", migration.read_text(), flags=re.MULTILINE)
    notes = []
    for part in parts[1:]:
        note, _, below = part.partition("\n")
        if not re.sub(r"--[^\n]*", "", below).strip():
            notes.append(BY_HAND + note)
    return notes


@dataclass(frozen=True)
class Made:
    """A database that was made, and what the CLI would not see in it."""

    url: str
    facts: Facts


def make_both(tree: Tree, cluster: copies.Cluster) -> tuple[Made, Made]:
    """One database made by the migrations, one by the schemas."""
    migrated = _make(cluster, "migrated", lambda url: schemas.make_migrated(tree, url))
    declared = _make(cluster, "declared", lambda url: schemas.make_declared(tree, url))
    return migrated, declared


def make_next(tree: Tree, cluster: copies.Cluster, statements: list[str]) -> Made:
    """A database made by the migrations, to which statements were then applied.

    Raises `psycopg.Error` where the database refuses them.
    """

    def make(url: str) -> None:
        schemas.make_migrated(tree, url)
        with psycopg.connect(url) as connection:
            connection.execute("\n".join(statements).encode())

    return _make(cluster, "next", make)


def _make(cluster: copies.Cluster, name: str, make: Callable[[str], None]) -> Made:
    """Settings of roles are of the whole cluster: the next database starts with those that the
    platform made.
    """
    platform = _role_settings(cluster)
    url = cluster.copy(name)
    try:
        make(url)
        return Made(url, _facts(url))
    finally:
        _restore_role_settings(cluster, platform)


def unseen_differences(migrated: Facts, declared: Facts) -> list[str]:
    """Facts that the CLI does not see and that hold on one side alone."""
    only_migrated = [f"only the migrations make: {fact}" for fact in sorted(migrated - declared)]
    only_declared = [f"only the schemas make: {fact}" for fact in sorted(declared - migrated)]
    return [_shortened(each) for each in only_migrated + only_declared]


def _facts(url: str) -> Facts:
    facts = set()
    with psycopg.connect(url) as connection:
        for kind, query in _UNSEEN.items():
            facts |= {f"{kind} of {row[0]}" for row in connection.execute(query.encode())}
        for (table,) in connection.execute(_TABLES.encode()).fetchall():
            facts |= {f"row of {table}: {row}" for row in _rows(connection, table)}
    return facts


def _rows(connection: psycopg.Connection[Any], table: str) -> list[str]:
    made = connection.execute(_MADE, [table]).fetchone()
    name = sql.SQL(".").join(map(sql.Identifier, table.split(".")))
    query = sql.SQL("select (to_jsonb(t) - %s::text[])::text from {} as t").format(name)
    return [row[0] for row in connection.execute(query, [made[0] if made else []])]


def _role_settings(cluster: copies.Cluster) -> list[tuple[Any, ...]]:
    with psycopg.connect(cluster.admin_url) as connection:
        return connection.execute("table pg_db_role_setting").fetchall()


def _restore_role_settings(cluster: copies.Cluster, settings: list[tuple[Any, ...]]) -> None:
    with psycopg.connect(cluster.admin_url) as connection:
        connection.execute("delete from pg_db_role_setting where true")
        with connection.cursor() as cursor:
            cursor.executemany("insert into pg_db_role_setting values (%s, %s, %s)", settings)


def _is_change(statement: str) -> bool:
    """False for what the CLI sets for itself at the head of a script."""
    return not statement.upper().startswith("SET ")


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]} ..."
