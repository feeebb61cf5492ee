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

from scripts.local_supabase.cli import lifecycle, migrations
from scripts.local_supabase.cli.lifecycle import print_message
from scripts.local_supabase.daemons import log_tail
from scripts.local_supabase.errors import StackError
from scripts.local_supabase.machine import ROOT, SUPABASE_CLI
from scripts.local_supabase.state import PARTS, State, load_state, state_dir

# What the real CLI calls our commands, where it has them.
REAL_COMMANDS = {
    "start": ["start"],
    "stop": ["stop"],
    "status": ["status"],
    "reset": ["db", "reset"],
}
ENGINES = ("docker", "podman")
ENGINE_SECONDS = 10


def main(argv: list[str] | None = None) -> int:
    """Run one command; 0 when it did what was asked."""
    arguments = _parse_arguments(argv)
    try:
        return _run_command(arguments)
    except StackError as error:
        print_message(f"{error} [{error.code}]")
    except OSError as error:  # a full disk, no right to write
        print_message(f"{error.filename or 'A file'}: {error.strerror or error} [os_error]")
    except psycopg.Error as error:
        print_message(f"The database refused: {error} [database_error]")
    return 1


def _parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/supabase", description=__doc__)
    parser.add_argument("command", choices=[*REAL_COMMANDS, "down", "destroy"])
    parser.add_argument(
        "count", nargs="?", type=int, default=1, help="down: migrations to take back (else 1)"
    )
    parser.add_argument("--runtime", choices=["auto", "docker", "native", "local"])
    parser.add_argument("--state", help="folder of the stack (else DOSSIER_STATE, .local/stack)")
    ports = "fixed: DOSSIER_API_PORT and DOSSIER_DB_PORT, else supabase/config.toml"
    parser.add_argument("--ports", choices=["fixed", "free"], default="fixed", help=ports)
    expose = "a new database grants new tables in public to the API roles"
    parser.add_argument("--expose", choices=["true", "false"], help=expose)
    parser.add_argument("-o", "--output", choices=["pretty", "env", "json"], default="pretty")
    # Intermixed: the count may also stand after the options.
    return parser.parse_intermixed_args(argv)


def _run_command(arguments: argparse.Namespace) -> int:
    path = state_dir(arguments.state)
    runtime = _choose_runtime(arguments, path)
    if runtime != "local":
        return _run_real_cli(arguments, runtime)
    if arguments.command == "status":
        return _print_status(path, arguments.output)
    with (path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _change_stack(arguments, path)
    return 0


def _choose_runtime(arguments: argparse.Namespace, path: Path) -> str:
    """The runtime asked for; else what this stack was started with; else what the machine has."""
    kept = path / "runtime"
    if arguments.runtime:
        chosen: str = arguments.runtime
    elif kept.exists():
        chosen = kept.read_text()
    else:
        chosen = "auto"
    if chosen == "auto":
        chosen = "docker" if any(map(_engine_answers, ENGINES)) else "local"
    if arguments.command == "start":
        kept.write_text(chosen)
    return chosen


def _engine_answers(engine: str) -> bool:
    if not shutil.which(engine):
        return False
    try:
        done = subprocess.run(
            [engine, "info"], capture_output=True, timeout=ENGINE_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _run_real_cli(arguments: argparse.Namespace, runtime: str) -> int:
    """Let the real CLI do it, in containers or natively."""
    if arguments.command not in REAL_COMMANDS:
        raise StackError(f"{arguments.command} needs the local runtime.", "local_runtime_only")
    command = [str(SUPABASE_CLI), *REAL_COMMANDS[arguments.command]]
    env = {**os.environ, "SUPABASE_TELEMETRY_DISABLED": "1"}
    if runtime == "native":
        env["SUPABASE_EXPERIMENTAL_STACK"] = "true"
    if runtime == "native" and arguments.command == "start":
        command += ["--runtime", "native"]
    if arguments.command != "status":
        return subprocess.run(command, cwd=ROOT, env=env, check=False).returncode
    command += ["-o", arguments.output]
    # Printed by this process: whoever calls `main` may have redirected its standard output.
    status = subprocess.run(
        command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True, check=False
    )
    print(status.stdout, end="")
    return status.returncode


def _print_status(path: Path, output: str) -> int:
    state = load_state(path)
    if state is None:
        raise StackError("The local Supabase is not running: scripts/supabase start", "not_running")
    dead = state.dead_parts()
    print(_status_text(state, output))
    for name in dead:
        log = state.log_path(name)
        print_message(f"{name} is dead. The end of {log}:{log_tail(log)}")
    if dead:
        print_message("Repair it with: scripts/supabase start")
        return 1
    return 0


def _status_text(state: State, output: str) -> str:
    values = state.addresses_and_keys()
    if output == "json":
        return json.dumps(values, indent=2)
    if output == "env":
        return "\n".join(f'{name}="{value}"' for name, value in values.items())
    dead = state.dead_parts()
    alive = [name for name in PARTS if name not in dead]
    values |= {name: f"running, pid {state.parts[name].pid}" for name in alive}
    return "\n".join(f"{name:>17}  {value}" for name, value in values.items())


def _change_stack(arguments: argparse.Namespace, path: Path) -> None:
    """The commands that start or stop something."""
    match arguments.command:
        case "stop":
            was_running = lifecycle.stop_stack(path)
            print_message("Stopped." if was_running else "It was not running.")
        case "destroy":
            lifecycle.destroy_stack(path)
            print_message("Removed.")
        case "down":
            print_message(_take_back(path, arguments))
        case command:
            bring_up = lifecycle.start_stack if command == "start" else lifecycle.reset_stack
            expose = None if arguments.expose is None else arguments.expose == "true"
            began = time.monotonic()
            url = bring_up(path, arguments.ports, expose).addresses_and_keys()["API_URL"]
            seconds = time.monotonic() - began
            print_message(f"Local Supabase ready at {url} in {seconds:.1f} s.")


def _take_back(path: Path, arguments: argparse.Namespace) -> str:
    """Takes back the newest migrations that are applied, and says so.

    What is pending stays so: applied first, it would be the newest, and a second `down` would take
    back the same migration again.
    """
    if arguments.count < 1:
        raise StackError(
            "down takes back one migration or more: scripts/supabase down 1.", "count_invalid"
        )
    state = lifecycle.start_stack(path, arguments.ports, apply_pending=False)
    versions = migrations.take_back(state.dsn("postgres"), arguments.count)
    if not versions:
        return "No migration is applied: there is nothing to take back."
    again = "it" if len(versions) == 1 else "them"
    return f"Took back {', '.join(versions)}. scripts/supabase start applies {again} again."


if __name__ == "__main__":
    sys.exit(main())
