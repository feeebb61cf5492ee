"""scripts/supabase on stacks of its own: start, faults, repair, stop, reset, several at once."""

from __future__ import annotations

import json
import os
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psycopg
import pytest

from scripts.local_supabase.cli import migrations
from scripts.local_supabase.daemons import Part
from scripts.local_supabase.errors import StackError
from scripts.local_supabase.ports import free_port
from scripts.rig.stacks import ROOT, RunningStack, kill_part, read_stack, supabase

pytestmark = pytest.mark.local


def _parts(path: Path) -> dict[str, Part]:
    kept = json.loads((path / "stack.json").read_text())
    return {name: Part(**part) for name, part in kept["parts"].items()}


def _applied(url: str) -> list[str]:
    with psycopg.connect(url) as conn:
        rows = conn.execute("select version from supabase_migrations.schema_migrations order by 1")
        return [row[0] for row in rows]


def test_start__twice_leaves_the_running_stack_alone(spare: Path) -> None:
    before = _parts(spare)
    again = supabase("start", spare)
    assert again.returncode == 0, again.stderr
    assert _parts(spare) == before


def test_status__prints_the_names_of_the_cli(spare: Path) -> None:
    status = supabase("status", spare, "-o", "env")
    names = {line.partition("=")[0] for line in status.stdout.splitlines()}
    wanted = {"API_URL", "DB_URL", "PUBLISHABLE_KEY", "SECRET_KEY", "JWT_SECRET", "ANON_KEY"}
    assert wanted | {"SERVICE_ROLE_KEY"} <= names


@pytest.mark.parametrize("part", ["postgres", "postgrest", "gateway"])
def test_status__names_a_killed_part_and_start_repairs_it(spare: Path, part: str) -> None:
    before = _parts(spare)
    kill_part(spare, part)

    status = supabase("status", spare)
    assert status.returncode == 1
    assert f"{part} is dead" in status.stderr
    assert f"{part}.log" in status.stderr

    repaired = supabase("start", spare)
    assert repaired.returncode == 0, repaired.stderr
    after = _parts(spare)
    assert {name for name in before if before[name] != after[name]} == {part}
    assert supabase("status", spare).returncode == 0


def test_gateway__serves_again_once_a_killed_database_is_back(spare: Path) -> None:
    stack = read_stack(spare)
    key = {"apikey": stack.secret_key, "Authorization": f"Bearer {stack.secret_key}"}
    users = f"{stack.api_url}/auth/v1/admin/users"
    with httpx.Client(timeout=10, headers=key) as http, ThreadPoolExecutor(16) as crowd:
        # As many connections as the gateway keeps, all of them dead a moment later.
        assert {answer.status_code for answer in crowd.map(http.get, [users] * 64)} == {200}
        kill_part(spare, "postgres")
        assert supabase("start", spare).returncode == 0
        # One caller who was handed the dead connections one after the other would not live to see
        # the answer.
        assert http.get(users).status_code == 200


def test_start__names_the_stranger_on_a_port_and_leaves_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        taken = stranger.getsockname()[1]
        ports = {"DOSSIER_API_PORT": str(taken), "DOSSIER_DB_PORT": str(free_port())}
        refused = supabase("start", tmp_path / "stack", env=ports)

    assert refused.returncode == 1
    assert f"Port {taken} cannot be used: process {os.getpid()} listens on it" in refused.stderr
    assert "[port_taken]" in refused.stderr
    assert not (tmp_path / "stack" / "stack.json").exists()
    assert not (tmp_path / "stack" / "db").exists()


def test_start__says_where_it_may_not_write(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refused = supabase("start", tmp_path / "file" / "stack")
    assert refused.returncode == 1
    assert refused.stderr == f"{tmp_path / 'file' / 'stack'}: Not a directory [os_error]\n"


def test_reset__replays_every_migration_on_the_same_ports(spare: Path) -> None:
    before = read_stack(spare)
    versions = _applied(before.db_url)
    with psycopg.connect(before.db_url) as conn:
        conn.execute("create table public.leftover (id int)")

    reset = supabase("reset", spare, "--expose", "true")

    assert reset.returncode == 0, reset.stderr
    assert read_stack(spare) == before
    assert _applied(before.db_url) == versions
    files = (ROOT / "supabase" / "migrations").glob("*.sql")
    assert versions == sorted(path.name.partition("_")[0] for path in files)
    with psycopg.connect(before.db_url) as conn:
        assert conn.execute("select to_regclass('public.leftover')").fetchone() == (None,)


def test_down__runs_the_rollback_file_and_forgets_the_version(
    spare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = read_stack(spare).db_url
    with psycopg.connect(url) as conn:
        conn.execute("create table public.made_up (id int)")
        conn.execute(
            "insert into supabase_migrations.schema_migrations (version, name) values ('29990101', 'made_up')"
        )
    monkeypatch.setattr(migrations, "ROOT", tmp_path)

    with pytest.raises(StackError, match="29990101 has no file"):
        migrations.take_back(url, 1)
    assert _applied(url)[-1] == "29990101"

    (tmp_path / "sql" / "rollback").mkdir(parents=True)
    (tmp_path / "sql" / "rollback" / "29990101_made_up.sql").write_text(
        "drop table public.made_up;"
    )
    assert migrations.take_back(url, 1) == ["29990101"]
    assert "29990101" not in _applied(url)
    with psycopg.connect(url) as conn:
        assert conn.execute("select to_regclass('public.made_up')").fetchone() == (None,)


def test_down__goes_on_from_where_it_is_and_start_applies_again(spare: Path) -> None:
    url = read_stack(spare).db_url
    versions = _applied(url)

    down = supabase("down", spare, str(len(versions)))
    assert down.returncode == 0, down.stderr
    assert f"Took back {', '.join(versions[::-1])}. scripts/supabase start applies" in down.stderr

    down = supabase("down", spare)
    assert down.returncode == 0, down.stderr
    assert down.stderr == "No migration is applied: there is nothing to take back.\n"

    assert supabase("start", spare).returncode == 0
    assert _applied(url) == versions


def test_down__takes_back_one_or_more(tmp_path: Path) -> None:
    refused = supabase("down", tmp_path, "0")
    assert refused.returncode == 1
    assert "down takes back one migration or more" in refused.stderr
    assert not (tmp_path / "stack.json").exists()


def test_stacks__run_side_by_side(spare: Path, stack: RunningStack) -> None:
    with psycopg.connect(read_stack(spare).db_url) as one, psycopg.connect(stack.db_url) as other:
        one.execute("create table public.only_here (id int)")
        assert other.execute("select to_regclass('public.only_here')").fetchone() == (None,)
        one.rollback()


def test_stop__leaves_no_process_and_keeps_the_data(spare: Path) -> None:
    parts = _parts(spare)
    with psycopg.connect(read_stack(spare).db_url) as conn:
        conn.execute("create table public.kept (id int)")

    assert supabase("stop", spare).returncode == 0

    assert not any(part.alive for part in parts.values())
    assert supabase("status", spare).returncode == 1
    assert supabase("stop", spare).returncode == 0
    assert supabase("start", spare, "--ports", "free").returncode == 0
    with psycopg.connect(read_stack(spare).db_url) as conn:
        assert conn.execute("select count(*) from public.kept").fetchone() == (0,)
        conn.execute("drop table public.kept")


def test_destroy__removes_the_folder(tmp_path: Path) -> None:
    path = tmp_path / "stack"
    path.mkdir()
    assert supabase("destroy", path).stderr == "Removed.\n"
    assert not path.exists()
