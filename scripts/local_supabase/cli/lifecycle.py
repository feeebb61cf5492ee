"""Start, stop and reset of the local stack: the order in which its parts come and go."""

import os
import shutil
import signal
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

from scripts.local_supabase.cli import migrations
from scripts.local_supabase.daemons import Part, launch_part, stop_part, wait_until_ready
from scripts.local_supabase.database import postgres
from scripts.local_supabase.machine import POSTGREST, ROOT
from scripts.local_supabase.ports import require_free_port
from scripts.local_supabase.state import State, load_state, new_state, read_config

# Parts are stopped in this order. Postgres ends its sessions on SIGINT ("fast").
STOP_SIGNALS = {"postgrest": signal.SIGTERM, "gateway": signal.SIGTERM, "postgres": signal.SIGINT}
# What PostgREST answers before it has read the schema.
NOT_READY = 503


def print_message(message: str) -> None:
    """Tell the person something; standard output is for what programs read."""
    print(message, file=sys.stderr, flush=True)


def start_stack(
    path: Path, ports: str = "fixed", expose: bool | None = None, *, apply_pending: bool = True
) -> State:
    """Bring the stack of a folder up whole: start what is missing, apply what is pending.

    Without `apply_pending` the migrations stay as they are. If anything fails, whatever this call
    started is stopped again. Raises `StackError`.
    """
    known = load_state(path)
    state = known or new_state(path, ports, expose)
    missing = state.dead_parts()
    for name in state.parts.keys() & set(missing):
        print_message(f"{name} was not running any more; starting it again.")
    try:
        _bring_up(state, missing, apply_pending=apply_pending)
    except BaseException:
        _stop_parts(state, missing)
        if known is None:
            (path / "stack.json").unlink(missing_ok=True)
        raise
    return state


def _bring_up(state: State, missing: list[str], *, apply_pending: bool) -> None:
    _require_free_ports(state, missing)
    if "postgres" in missing:
        postgres.prepare_cluster(state)
        _remember(state, postgres.start_server(state))
    postgres.wait_for_server(state)
    postgres.run_platform_sql(state)
    if "gateway" in missing:
        _remember(state, _start_gateway(state))
    count = migrations.push(state.dsn("postgres")) if apply_pending else 0
    if count:
        print_message(f"Applied {count} migration(s).")
    _wait_for_http(state, "gateway", state.api)
    if "postgrest" in missing:
        _remember(state, _start_postgrest(state))
    _wait_for_http(state, "postgrest", state.rest)


def _require_free_ports(state: State, missing: list[str]) -> None:
    ports = {"gateway": state.api, "postgres": state.db, "postgrest": state.rest}
    for name, port in ports.items():
        if name in missing:
            require_free_port(port)


def _remember(state: State, part: Part) -> None:
    """Note a started part on disk at once, so that it can be stopped whatever happens next."""
    state.parts[part.name] = part
    state.save()


def _start_gateway(state: State) -> Part:
    command = [sys.executable, "-P", "-m", "scripts.local_supabase.gateway.app", str(state.dir)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return launch_part("gateway", command, state.log_path("gateway"), env)


def _start_postgrest(state: State) -> Part:
    api = read_config()["api"]
    settings = {
        "DB_URI": state.dsn("authenticator"),
        "DB_SCHEMAS": ",".join(api["schemas"]),
        "DB_EXTRA_SEARCH_PATH": ",".join(api["extra_search_path"]),
        "DB_ANON_ROLE": "anon",
        "DB_MAX_ROWS": str(api["max_rows"]),
        "DB_POOL": "20",
        "JWT_SECRET": f"@{state.dir / 'jwks.json'}",
        "LOG_LEVEL": "warn",
        "SERVER_HOST": "127.0.0.1",
        "SERVER_PORT": str(state.rest),
    }
    env = {"PATH": os.defpath} | {f"PGRST_{name}": value for name, value in settings.items()}
    return launch_part("postgrest", [str(POSTGREST)], state.log_path("postgrest"), env)


def _wait_for_http(state: State, name: str, port: int) -> None:
    """Wait until a part answers anything but "not ready"."""
    opener = build_opener(ProxyHandler({}))

    def answers() -> bool:
        try:
            opener.open(f"http://127.0.0.1:{port}/", timeout=5).close()
        except HTTPError as error:
            return error.code != NOT_READY
        except OSError:
            return False
        return True

    wait_until_ready(state.parts[name], answers, state.log_path(name))


def _stop_parts(state: State, names: list[str]) -> None:
    for name, polite in STOP_SIGNALS.items():
        if name in names and name in state.parts:
            stop_part(state.parts.pop(name), polite)


def stop_stack(path: Path) -> bool:
    """Stop every part of the stack; False if none was started. The data stays."""
    state = load_state(path)
    if state is None:
        return False
    _stop_parts(state, list(state.parts))
    (path / "stack.json").unlink()
    return True


def reset_stack(path: Path, ports: str = "fixed", expose: bool | None = None) -> State:
    """A new database with every migration replayed and no stored objects, on the same ports."""
    state = load_state(path) or new_state(path, ports, expose)
    _stop_parts(state, list(state.parts))
    postgres.remove_cluster(state)
    shutil.rmtree(path / "storage", ignore_errors=True)
    if expose is not None:
        state.expose = expose
    state.save()
    return start_stack(path)


def destroy_stack(path: Path) -> None:
    """Stop the stack and delete its data and its folder."""
    state = load_state(path) or new_state(path, "free", None)
    stop_stack(path)
    postgres.remove_cluster(state)
    if (path / "db").is_symlink():
        (path / "db").resolve().parent.rmdir()
    shutil.rmtree(path)
