"""`scripts/supabase`: start, stop, status, reset, down and destroy, locally or by the real CLI."""

import argparse
import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psycopg

from scripts.local_supabase import lifecycle
from scripts.local_supabase.daemons import tail
from scripts.local_supabase.database import migrations
from scripts.local_supabase.keys import StackError
from scripts.local_supabase.machine import ROOT, SUPABASE_CLI
from scripts.local_supabase.state import PARTS, load, state_dir

# What the real CLI calls our commands, where it has them.
REAL_COMMANDS = {
    "start": ["start"],
    "stop": ["stop"],
    "status": ["status"],
    "reset": ["db", "reset"],
}


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/supabase", description=__doc__)
    parser.add_argument("command", choices=[*REAL_COMMANDS, "down", "destroy"])
    parser.add_argument(
        "count", nargs="?", type=int, default=1, help="down: migrations to take back"
    )
    parser.add_argument("--runtime", choices=["auto", "docker", "native", "local"])
    parser.add_argument("--state", help="folder of the stack (else DOSSIER_STATE, .local/stack)")
    ports = "fixed: DOSSIER_API_PORT and DOSSIER_DB_PORT, else supabase/config.toml"
    parser.add_argument("--ports", choices=["fixed", "free"], default="fixed", help=ports)
    expose = "a new database grants new tables in public to the API roles"
    parser.add_argument("--expose", choices=["true", "false"], help=expose)
    parser.add_argument("-o", "--output", choices=["pretty", "env", "json"], default="pretty")
    return parser.parse_args(argv)


def _engine_answers(engine: str) -> bool:
    if not shutil.which(engine):
        return False
    try:
        return (
            subprocess.run(
                [engine, "info"], capture_output=True, timeout=10, check=False
            ).returncode
            == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        return False


def _runtime(arguments: argparse.Namespace, path: Path) -> str:
    """The runtime asked for; else what this stack was started with; else what the machine has."""
    kept = path / "runtime"
    chosen: str = arguments.runtime or (kept.read_text() if kept.exists() else "auto")
    if chosen == "auto":
        chosen = "docker" if any(map(_engine_answers, ("docker", "podman"))) else "local"
    if arguments.command == "start":
        kept.write_text(chosen)
    return chosen


def _delegate(arguments: argparse.Namespace, runtime: str) -> int:
    """Let the real CLI do it, in containers or natively."""
    if arguments.command not in REAL_COMMANDS:
        raise StackError(f"{arguments.command} needs the local runtime.", "local_runtime_only")
    command = [str(SUPABASE_CLI), *REAL_COMMANDS[arguments.command]]
    env = {**os.environ, "SUPABASE_TELEMETRY_DISABLED": "1"}
    if arguments.command == "status":
        command += ["-o", arguments.output]
    if runtime == "native":
        env["SUPABASE_EXPERIMENTAL_STACK"] = "true"
        command += ["--runtime", "native"] if arguments.command == "start" else []
    said = subprocess.PIPE if arguments.command == "status" else None
    done = subprocess.run(command, cwd=ROOT, env=env, stdout=said, text=True, check=False)
    print(done.stdout or "", end="")
    return done.returncode


def _status(path: Path, output: str) -> int:
    state = load(path)
    if state is None:
        raise StackError("The local Supabase is not running: scripts/supabase start", "not_running")
    values, dead = state.values(), state.dead()
    if output == "pretty":
        values |= {n: f"running, pid {state.parts[n].pid}" for n in PARTS if n not in dead}
    if output == "json":
        print(json.dumps(values, indent=2))
    else:
        form = '{}="{}"' if output == "env" else "{:>17}  {}"
        print("\n".join(form.format(*pair) for pair in values.items()))
    for name in dead:
        lifecycle.say(f"{name} is dead. The end of {state.log(name)}:{tail(state.log(name))}")
    if dead:
        lifecycle.say("Repair it with: scripts/supabase start")
    return 1 if dead else 0


def _change(arguments: argparse.Namespace, path: Path) -> None:
    """The commands that start or stop something."""
    began = time.monotonic()
    match arguments.command:
        case "stop":
            lifecycle.say("Stopped." if lifecycle.halt(path) else "It was not running.")
        case "destroy":
            lifecycle.destroy(path)
        case "down":
            dsn = lifecycle.start(path).dsn("postgres")
            lifecycle.say(f"Took back {', '.join(migrations.down(dsn, arguments.count))}.")
        case command:
            bring_up = lifecycle.start if command == "start" else lifecycle.reset
            expose = None if arguments.expose is None else arguments.expose == "true"
            url = bring_up(path, arguments.ports, expose).values()["API_URL"]
            lifecycle.say(f"Local Supabase ready at {url} in {time.monotonic() - began:.1f} s.")


def main(argv: list[str] | None = None) -> int:
    """Run one command; 0 when it did what was asked."""
    arguments = _arguments(argv)
    try:
        path = state_dir(arguments.state)
        runtime = _runtime(arguments, path)
        if runtime != "local":
            return _delegate(arguments, runtime)
        if arguments.command == "status":
            return _status(path, arguments.output)
        with (path / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _change(arguments, path)
    except StackError as error:
        lifecycle.say(f"{error} [{error.code}]")
        return 1
    except OSError as error:  # a full disk, no right to write
        lifecycle.say(f"{error.filename or 'A file'}: {error.strerror or error} [os_error]")
        return 1
    except psycopg.Error as error:
        lifecycle.say(f"The database refused: {error} [database_error]")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
