"""The database: a cluster made once, the platform's roles and schemas in it, the server process."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import psycopg

from scripts.local_supabase.daemons import (
    Part,
    launch_part,
    log_tail,
    wait_until_left,
    wait_until_ready,
)
from scripts.local_supabase.errors import StackError
from scripts.local_supabase.machine import make_walkable_folder, postgres_bin, run_as
from scripts.local_supabase.state import State

SQL = Path(__file__).parent / "sql"
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
# Without a socket file there is no limit on the length of paths.
SERVER_SETTINGS = (
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "timezone=UTC",
    "log_timezone=UTC",
    "max_wal_size=512MB",
)


def _cluster_home(state: State) -> Path:
    """Where the cluster's folder is; for root one that the dropped user can enter, linked here."""
    if not run_as():
        return state.dir
    name = hashlib.sha256(str(state.dir).encode()).hexdigest()[:12]
    home = make_walkable_folder(name)
    if not (state.dir / "db").is_symlink():
        (state.dir / "db").symlink_to(home / "db")
    return home


def _complete_mark(state: State) -> Path:
    """A file in the data: cluster and platform SQL are complete. Without it all is made anew."""
    return _cluster_home(state) / "db" / "platform-ready"


def prepare_cluster(state: State) -> None:
    """Make the cluster unless a complete one is there; raises `StackError` with initdb's words."""
    if _complete_mark(state).exists():
        return
    remove_cluster(state)
    home = _cluster_home(state)
    identity = run_as()
    data = home / "db"
    data.mkdir(mode=0o700)
    if identity:
        os.chown(data, identity["user"], identity["group"])
    password = home / "password"
    password.write_text("postgres\n")
    command = [
        str(postgres_bin() / "initdb"),
        "-D",
        str(data),
        "-U",
        "supabase_admin",
        f"--pwfile={password}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--locale-provider=icu",
        "--icu-locale=en-US",
        "--no-sync",
    ]
    log = state.log_path("initdb")
    with log.open("wb") as output:
        done = subprocess.run(
            command, stdout=output, stderr=output, cwd="/", env=ENVIRONMENT, check=False, **identity
        )
    if done.returncode:
        raise StackError(f"The database could not be made:{log_tail(log)}", "initdb_failed")


def start_server(state: State) -> Part:
    """Start the server on TCP alone."""
    data = _cluster_home(state) / "db"
    wait_until_left(data)
    # A killed server that nobody has reaped looks alive to the next one, by its lock file.
    (data / "postmaster.pid").unlink(missing_ok=True)
    command = [str(postgres_bin() / "postgres"), "-D", str(data), "-p", str(state.db)]
    for setting in SERVER_SETTINGS:
        command += ["-c", setting]
    return launch_part("postgres", command, state.log_path("postgres"), ENVIRONMENT, **run_as())


def wait_for_server(state: State) -> None:
    """Return once the server takes connections."""

    def takes_connections() -> bool:
        try:
            psycopg.connect(state.dsn("supabase_admin"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    wait_until_ready(state.parts["postgres"], takes_connections, state.log_path("postgres"))


def run_platform_sql(state: State) -> None:
    """Run the platform's SQL in name order, whole or not at all, unless it was run already."""
    if _complete_mark(state).exists():
        return
    with psycopg.connect(state.dsn("supabase_admin")) as conn:
        for path in sorted(SQL.glob("*.sql")):
            if state.expose or path.stem != "50_exposure":
                conn.execute(path.read_bytes())
    _complete_mark(state).touch()


def remove_cluster(state: State) -> None:
    """Delete the cluster, and for root the folder it is kept in; the server must not run."""
    home = _cluster_home(state)
    shutil.rmtree(home / "db", ignore_errors=True)
    (home / "password").unlink(missing_ok=True)
