"""Down and up again: sql/rollback takes back all that it can, and the migrations bring the same catalogue back."""

import tempfile
from pathlib import Path
from typing import Any

import psycopg
import pytest

from scripts.local_supabase.database import migrations
from scripts.rig.stacks import ROOT, RunningStack, read_stack, supabase

# What each kind of object is, by name; column order is left out, which a column that was dropped and added loses.
CATALOGUE = {
    "columns": """
        select table_schema, table_name, column_name, data_type, is_nullable, column_default, generation_expression
        from information_schema.columns where table_schema in ('public', 'private')""",
    "constraints": """
        select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
        where connamespace in ('public'::regnamespace, 'private'::regnamespace)""",
    "indexes": "select schemaname, indexname, indexdef from pg_indexes where schemaname in ('public', 'private')",
    "functions": """
        select oid::regprocedure::text, pg_get_functiondef(oid), proacl::text, obj_description(oid) from pg_proc
        where pronamespace in ('public'::regnamespace, 'private'::regnamespace)""",
    "policies": "select schemaname, tablename, policyname, roles::text, cmd, qual, with_check from pg_policies",
    "triggers": """
        select tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) from pg_trigger
        where not tgisinternal and tgrelid::regclass::text not like 'realtime.%'""",
    "relations": """
        select oid::regclass::text, relkind::text, relrowsecurity, array(select unnest(relacl)::text order by 1),
        obj_description(oid), reloptions from pg_class
        where relnamespace in ('public'::regnamespace, 'private'::regnamespace)""",
    "column grants": """
        select attrelid::regclass::text, attname, array(select unnest(attacl)::text order by 1) from pg_attribute
        where attacl is not null and attrelid::regclass::text !~ '^(pg_|auth|storage|realtime)'""",
    "buckets": "select id, public, file_size_limit, allowed_mime_types from storage.buckets",
}
pytestmark = pytest.mark.local


def _catalogue(url: str) -> dict[str, set[str]]:
    with psycopg.connect(url) as db:
        return {
            name: {str(row) for row in db.execute(query).fetchall()}
            for name, query in CATALOGUE.items()
        }


def _differences(one: dict[str, set[str]], other: dict[str, set[str]]) -> dict[str, Any]:
    return {
        name: (one[name] - other[name], other[name] - one[name])
        for name in one
        if one[name] != other[name]
    }


def test_down__and_up_again_is_the_catalogue_of_a_fresh_database(stack: RunningStack) -> None:
    """E-OPS-02: every rollback file in its order, then the migrations again; a fresh database beside it."""
    state = Path(tempfile.mkdtemp(prefix="dossier-down-"))
    assert supabase("start", state, "--ports", "free").returncode == 0
    try:
        url = read_stack(state).db_url
        fresh = _catalogue(url)
        assert _differences(fresh, _catalogue(stack.db_url)) == {}
        files = sorted((ROOT / "sql" / "rollback").glob("*.sql"), reverse=True)
        back = migrations.down(url, len(files))
        assert back == [path.name.partition("_")[0] for path in files]
        assert _differences(fresh, _catalogue(url)) != {}
        assert migrations.push(url) == len(files)
        assert _differences(fresh, _catalogue(url)) == {}
    finally:
        supabase("destroy", state)
