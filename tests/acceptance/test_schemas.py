"""Schemas and migrations make one database: what is changed in one of them alone is told by its
name.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from scripts.commands import (
    catalogue,
    check,
    comparison,
    copies,
    house_rules,
    new_migration,
    schemas,
)
from scripts.commands.copies import Cluster
from scripts.commands.schemas import LOCK_TIMEOUT, Tree
from scripts.local_supabase.errors import StackError

pytestmark = pytest.mark.local

# What is changed, the name that must be told, and how.
CHANGES = {
    "table grant": ("exports", "grant insert on table public.exports to authenticated;"),
    "column grant": ("zones", "grant update (text) on table public.zones to authenticated;"),
    "function grant": ("queue_depth", "grant execute on function public.queue_depth to anon;"),
    "sequence grant": (
        "events_id_seq",
        "grant usage on sequence public.events_id_seq to authenticated;",
    ),
    "schema grant": ('SCHEMA "private"', "grant create on schema private to service_role;"),
    "default privilege": (
        "DEFAULT PRIVILEGES",
        "alter default privileges in schema private grant select on tables to service_role;",
    ),
    "comment": ("pages", "comment on table public.pages is 'Changed.';"),
    "policy": (
        "jobs_select_member",
        "alter policy jobs_select_member on public.jobs using (true);",
    ),
    "storage policy": (
        "dossier_objects_select_member",
        "alter policy dossier_objects_select_member on storage.objects using (true);",
    ),
    "column": ("made_up_column", "alter table public.reviews add column made_up_column text;"),
    "constraint": (
        "documents_bytes_small",
        "alter table public.documents add constraint documents_bytes_small check (bytes < 1e9);",
    ),
    "index": ("exports_by_state", "create index exports_by_state on public.exports (state);"),
    "trigger": ("documents_touch", "drop trigger documents_touch on public.documents;"),
    "function body": (
        "role_rank",
        "create or replace function private.role_rank(p_role text) returns int"
        " language sql immutable parallel safe set search_path = '' as 'select 1';",
    ),
    "bucket row": (
        "storage.buckets",
        "update storage.buckets set file_size_limit = 1 where id = 'exports';",
    ),
    "seeded template": (
        "Invoice",
        "update public.schema_templates set description = 'Changed.' where name = 'Invoice';",
    ),
    "statistics target": (
        "public.zones.kind",
        "alter table public.zones alter column kind set statistics 500;",
    ),
    "extended statistics": (
        "zones_kinds",
        "create statistics public.zones_kinds on kind, source from public.zones;",
    ),
    "column storage": (
        "public.llm_calls.answer",
        "alter table public.llm_calls alter column answer set storage external;",
    ),
    "role setting": (
        "idle_session_timeout",
        "alter role postgres set idle_session_timeout = '1h';",
    ),
}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with copies.cluster() as started:
        yield started


def _copy(folder: Path) -> Tree:
    for part in ("supabase/schemas", "supabase/data", "supabase/migrations", "sql/rollback"):
        shutil.copytree(Tree().root / part, folder / part)
    return Tree(folder)


def _small(folder: Path) -> Tree:
    """A tree of one table: what gen writes does not depend on how much there is beside it."""
    tree = Tree(folder)
    sql = "create schema private;\ncreate table public.kept (id int);\n"
    for name in ("supabase/schemas/10_all.sql", "supabase/migrations/1_baseline.sql"):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(sql)
    (folder / "supabase/data").mkdir()
    return tree


def _declare(tree: Tree, sql: str) -> Path:
    """A schema file after all others and their data, so that it may change rows."""
    path = tree.root / "supabase" / "data" / "99_made_up.sql"
    path.write_text(sql)
    return path


@pytest.fixture(scope="module", params=["migration", "schema"])
def told(
    request: pytest.FixtureRequest, cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """What the check says once every change was made on one side alone."""
    tree = _copy(tmp_path_factory.mktemp(request.param))
    changes = "\n".join(sql for _, sql in CHANGES.values())
    if request.param == "migration":
        (tree.root / "supabase" / "migrations" / "29990101000000_made_up.sql").write_text(changes)
    else:
        _declare(tree, changes)
    return "\n".join(comparison.differences(tree, cluster))


@pytest.mark.parametrize("kind", CHANGES)
def test_check__names_what_one_side_alone_changed(told: str, kind: str) -> None:
    assert CHANGES[kind][0] in told


def test_check__is_content_with_this_checkout(cluster: Cluster) -> None:
    assert comparison.differences(Tree(), cluster) == []


def test_baseline__is_the_schemas_and_then_the_data(cluster: Cluster, tmp_path: Path) -> None:
    tree = _copy(tmp_path)
    kept = {path: path.read_text() for path in tree.root.rglob("*.sql")}
    assert new_migration.drifted(tree) == []
    written = new_migration.write_baseline(tree, cluster)
    assert {path: path.read_text() for path in written} == {path: kept[path] for path in written}

    _declare(tree, CHANGES["bucket row"][1])
    assert new_migration.drifted(tree) != []

    _next = tree.root / "supabase" / "migrations" / "29990101000000_later.sql"
    _next.write_text(LOCK_TIMEOUT)
    with pytest.raises(StackError) as refused:
        new_migration.write_baseline(tree, cluster)
    assert refused.value.code == "baseline_is_history"


def test_gen__writes_both_ways_and_refuses_to_lose_data(cluster: Cluster, tmp_path: Path) -> None:
    tree = _small(tmp_path)
    table = "create table public.made_up (id int, {} text);"
    declared = _declare(tree, table.format("old_name"))
    forth, back = new_migration.write_migration(tree, cluster, "made_up_table")
    assert forth.name.endswith("_made_up_table.sql")
    assert back == tree.rollback_of(forth)
    assert all(LOCK_TIMEOUT in path.read_text() for path in (forth, back))
    assert new_migration.write_migration(tree, cluster, "nothing_more") == []
    assert _after_rollback(tree, cluster, back) == []

    declared.write_text(table.format("new_name"))
    before = tree.migrations
    with pytest.raises(StackError, match=r"public\.made_up\.old_name") as refused:
        new_migration.write_migration(tree, cluster, "rename")
    assert refused.value.code == "drop_refused"
    declared.write_text("")
    with pytest.raises(StackError, match=r"drop public\.made_up with") as refused:
        new_migration.write_migration(tree, cluster, "table_away")
    assert refused.value.code == "drop_refused"
    assert tree.migrations == before

    forth, _ = new_migration.write_migration(tree, cluster, "table_away", drops=True)
    assert 'DROP TABLE "public"."made_up"' in forth.read_text()


def _after_rollback(tree: Tree, cluster: Cluster, back: Path) -> list[str]:
    """What the newest migration leaves behind once it was applied and taken back."""
    url, former = cluster.copy("back"), cluster.copy("former")
    schemas.make_migrated(tree, url)
    schemas.make_migrated(_small(tree.root / "former"), former)
    with psycopg.connect(url) as connection:
        connection.execute(back.read_bytes())
    changes = schemas.statements_between(former, url)
    return [each for each in changes if not each.startswith("SET ")]


def test_gen__leaves_rows_to_a_person(cluster: Cluster, tmp_path: Path) -> None:
    tree = _small(tmp_path)
    _declare(tree, "insert into storage.buckets (id, name) values ('made_up', 'made_up');")
    forth, _ = new_migration.write_migration(tree, cluster, "smaller_exports")
    [note] = comparison.open_notes(forth)
    assert note.startswith("-- By hand: only the schemas make: row of storage.buckets")
    assert f"no SQL stands under: {note}" in "\n".join(comparison.differences(tree, cluster))


def test_gen__leaves_nothing_by_hand_of_what_comes_with_a_new_column(
    cluster: Cluster, tmp_path: Path
) -> None:
    tree = _small(tmp_path)
    _declare(tree, "alter table public.kept add column priority int not null default 0;")
    forth, _ = new_migration.write_migration(tree, cluster, "priority")
    assert "ADD COLUMN" in forth.read_text()
    assert comparison.open_notes(forth) == []
    assert comparison.differences(tree, cluster) == []


def test_gen__says_what_the_database_would_refuse(cluster: Cluster, tmp_path: Path) -> None:
    tree = _small(tmp_path)
    row = "insert into public.kept values (1);"
    baseline = tree.migrations[0]
    baseline.write_text(baseline.read_text() + row)
    _declare(tree, "alter table public.kept add column priority int not null;")
    forth, _ = new_migration.write_migration(tree, cluster, "priority")
    assert [note for note in comparison.open_notes(forth) if "the database refuses" in note]


def test_gen__makes_a_changed_verb_anew_and_the_check_lets_it(
    cluster: Cluster, tmp_path: Path
) -> None:
    tree = _small(tmp_path)
    verb = (
        "create function public.made_up({}) returns table (id int)"
        " language sql set search_path = '' as 'select 1';"
    )
    baseline = tree.migrations[0]
    baseline.write_text(baseline.read_text() + verb.format("p_id int"))
    _declare(tree, verb.format("p_id int, p_more int"))
    forth, _ = new_migration.write_migration(tree, cluster, "made_up_verb")
    assert "DROP FUNCTION" in forth.read_text()
    assert check.migration_faults([forth]) == []


@pytest.mark.parametrize(
    ("text", "open_notes"),
    [
        ("select 1;\n-- By hand: a row\n", ["-- By hand: a row"]),
        ("-- By hand: a row\n-- Why.\n\n-- By hand: other\nselect 1;\n", ["-- By hand: a row"]),
        ("-- By hand: a row\n-- Why.\nselect 1;\n", []),
        ("-- By handwork.\n", []),
    ],
)
def test_check__is_red_while_a_note_has_no_sql_under_it(
    tmp_path: Path, text: str, open_notes: list[str]
) -> None:
    migration = tmp_path / "1_made_up.sql"
    migration.write_text(text)
    assert comparison.open_notes(migration) == open_notes


@pytest.mark.parametrize("noun", ["", "Upper", "two words", "../away"])
def test_gen__takes_a_name_of_small_letters_alone(
    cluster: Cluster, tmp_path: Path, noun: str
) -> None:
    with pytest.raises(StackError) as refused:
        new_migration.write_migration(Tree(tmp_path), cluster, noun)
    assert refused.value.code == "noun_invalid"


def test_surface__names_what_is_neither_explained_nor_revoked(cluster: Cluster) -> None:
    url = cluster.copy("surface")
    schemas.make_declared(Tree(), url)
    assert catalogue.surface(url) == []
    with psycopg.connect(url) as connection:
        connection.execute("create table private.made_up (id bigint generated always as identity)")
        connection.execute(
            "create function public.made_up() returns int language sql as 'select 1'"
        )
    told = "\n".join(catalogue.surface(url))
    for fault in (
        "private.made_up: no schema revokes this table",
        "private.made_up_id_seq: no schema revokes this sequence",
        "public.made_up: no schema revokes this function",
        "made_up(): no comment on function",
    ):
        assert fault in told


def test_functions__stand_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = "create function private.one() returns int\nlanguage sql\nas $$\n  select 1;\n$$;\n"
    files = {
        "supabase/schemas/10_one.sql": one,
        "supabase/schemas/20_same_name.sql": one.replace("1;", "2;"),
        "supabase/schemas/30_same_body.sql": one.replace("private.one", "private.other"),
        "supabase/migrations/1_baseline.sql": one,
        "sql/rollback/1_baseline.sql": one,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(house_rules, "ROOT", tmp_path)
    assert list(house_rules.declared_twice([Path(name) for name in files])) == [
        "supabase/schemas/20_same_name.sql: private.one is declared in"
        " supabase/schemas/10_one.sql already",
        "supabase/schemas/30_same_body.sql: private.other has the body of private.one",
    ]
