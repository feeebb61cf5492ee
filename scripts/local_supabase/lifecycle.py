"""Start, stop and reset of the local stack: the order in which its parts come and go."""

import os
import shutil
import signal
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

from scripts.local_supabase.daemons import Part, launch, require_free, stop, wait_ready
from scripts.local_supabase.database import migrations, postgres
from scripts.local_supabase.machine import POSTGREST, ROOT
from scripts.local_supabase.state import State, fresh, load, read_config

# Stopped in this order; Postgres ends its sessions on SIGINT ("fast").
STOP_SIGNALS = {"postgrest": signal.SIGTERM, "gateway": signal.SIGTERM, "postgres": signal.SIGINT}


def say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def start(path: Path, ports: str = "fixed", expose: bool | None = None) -> State:
    """Bring the stack of a folder up whole: start what is missing, apply what is pending.

    When anything fails, whatever this call started is stopped again. Raises `StackError`.
    """
    known = load(path)
    state = known or fresh(path, ports, expose)
    missing = state.dead()
    for name in state.parts.keys() & set(missing):
        say(f"{name} was not running any more; starting it again.")
    try:
        _bring_up(state, missing)
    except BaseException:
        _stop_parts(state, missing)
        if known is None:
            (path / "stack.json").unlink(missing_ok=True)
        raise
    return state


def _bring_up(state: State, missing: list[str]) -> None:
    for name, port in (("gateway", state.api), ("postgres", state.db), ("postgrest", state.rest)):
        if name in missing:
            require_free(port)
    if "postgres" in missing:
        postgres.prepare(state)
        _started(state, postgres.start(state))
    postgres.wait(state)
    postgres.bootstrap(state)
    if "gateway" in missing:
        _started(state, _start_gateway(state))
    if count := migrations.push(state.dsn("postgres")):
        say(f"Applied {count} migration(s).")
    _wait_http(state, "gateway", state.api)
    if "postgrest" in missing:
        _started(state, _start_postgrest(state))
    _wait_http(state, "postgrest", state.rest)


def _started(state: State, part: Part) -> None:
    state.parts[part.name] = part
    state.save()


def _start_gateway(state: State) -> Part:
    command = [sys.executable, "-P", "-m", "scripts.local_supabase.gateway.app", str(state.dir)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return launch("gateway", command, state.log("gateway"), env)


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
    return launch("postgrest", [str(POSTGREST)], state.log("postgrest"), env)


def _wait_http(state: State, name: str, port: int) -> None:
    """Wait for any answer but 503, which is PostgREST's before it has read the schema."""
    opener = build_opener(ProxyHandler({}))

    def ready() -> bool:
        try:
            opener.open(f"http://127.0.0.1:{port}/", timeout=5).close()
        except HTTPError as error:
            return error.code != 503
        except OSError:
            return False
        return True

    wait_ready(state.parts[name], ready, state.log(name))


def _stop_parts(state: State, names: list[str]) -> None:
    for name, kind in STOP_SIGNALS.items():
        if name in names and name in state.parts:
            stop(state.parts.pop(name), kind)


def halt(path: Path) -> bool:
    """Stop every part of the stack; False when none was started. The data stays."""
    state = load(path)
    if state is not None:
        _stop_parts(state, list(state.parts))
        (path / "stack.json").unlink()
    return state is not None


def reset(path: Path, ports: str = "fixed", expose: bool | None = None) -> State:
    """A new database with every migration replayed and no stored objects, on the same ports."""
    state = load(path) or fresh(path, ports, expose)
    _stop_parts(state, list(state.parts))
    postgres.remove(state)
    shutil.rmtree(path / "storage", ignore_errors=True)
    state.expose = state.expose if expose is None else expose
    state.save()
    return start(path)


def destroy(path: Path) -> None:
    """Stop the stack and delete its data and its folder."""
    state = load(path) or fresh(path, "free", None)
    halt(path)
    postgres.remove(state)
    if (path / "db").is_symlink():
        (path / "db").resolve().parent.rmdir()
    shutil.rmtree(path)
