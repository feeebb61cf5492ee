"""The database: a cluster made once, the platform's roles and schemas in it, the server process."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import psycopg

from scripts.local_supabase.daemons import Part, launch, tail, wait_left, wait_ready
from scripts.local_supabase.keys import StackError
from scripts.local_supabase.machine import open_dir, postgres_bin, run_as
from scripts.local_supabase.state import State

SQL = Path(__file__).parent / "sql"
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _home(state: State) -> Path:
    """Where the cluster's folder is; for root one that the dropped user can enter, linked here."""
    if not run_as():
        return state.dir
    home = open_dir(hashlib.sha256(str(state.dir).encode()).hexdigest()[:12])
    if not (state.dir / "db").is_symlink():
        (state.dir / "db").symlink_to(home / "db")
    return home


def _finished(state: State) -> Path:
    """The mark, in the data, that cluster and platform SQL are complete; without it all is made anew."""
    return _home(state) / "db" / "platform-ready"


def prepare(state: State) -> None:
    """Make the cluster unless a finished one is there; raises `StackError` with initdb's words."""
    home, who = _home(state), run_as()
    if _finished(state).exists():
        return
    remove(state)
    (home / "db").mkdir(mode=0o700)
    if who:
        os.chown(home / "db", who["user"], who["group"])
    (home / "password").write_text("postgres\n")
    command = [str(postgres_bin() / "initdb"), "-D", str(home / "db"), "-U", "supabase_admin"]
    command += [f"--pwfile={home / 'password'}", "--auth=scram-sha-256", "--encoding=UTF8"]
    command += ["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US", "--no-sync"]
    with (log := state.log("initdb")).open("wb") as out:
        done = subprocess.run(
            command, stdout=out, stderr=out, cwd="/", env=ENVIRONMENT, check=False, **who
        )
    if done.returncode:
        raise StackError(f"The database could not be made:{tail(log)}", "initdb_failed")


def start(state: State) -> Part:
    """Start the server on TCP alone: no socket file, so no limit on the length of paths."""
    data = _home(state) / "db"
    # A killed server that nobody has reaped looks alive to the next one, by its lock file.
    wait_left(data)
    (data / "postmaster.pid").unlink(missing_ok=True)
    command = [str(postgres_bin() / "postgres"), "-D", str(data), "-p", str(state.db)]
    for setting in (
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
        "timezone=UTC",
        "log_timezone=UTC",
        "max_wal_size=512MB",
    ):
        command += ["-c", setting]
    return launch("postgres", command, state.log("postgres"), ENVIRONMENT, **run_as())


def wait(state: State) -> None:
    """Return once the server takes connections."""

    def ready() -> bool:
        try:
            psycopg.connect(state.dsn("supabase_admin"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    wait_ready(state.parts["postgres"], ready, state.log("postgres"))


def bootstrap(state: State) -> None:
    """Run the platform's SQL in name order, whole or not at all, unless it was run already."""
    if _finished(state).exists():
        return
    with psycopg.connect(state.dsn("supabase_admin")) as conn:
        for path in sorted(SQL.glob("*.sql")):
            if state.expose or path.stem != "50_exposure":
                conn.execute(path.read_bytes())
    _finished(state).touch()


def remove(state: State) -> None:
    """Delete the cluster, and for root the folder it is kept in; the server must not run."""
    home = _home(state)
    shutil.rmtree(home / "db", ignore_errors=True)
    (home / "password").unlink(missing_ok=True)
