"""What is kept of a stack on disk: stack.json in its state folder."""

import json
import os
import tomllib
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from scripts.local_supabase.daemons import Part
from scripts.local_supabase.keys import JWT_SECRET, LEGACY_KEYS, PUBLISHABLE_KEY, SECRET_KEY
from scripts.local_supabase.machine import ROOT
from scripts.local_supabase.ports import free_port

PARTS = ("postgres", "gateway", "postgrest")


def read_config() -> dict[str, Any]:
    """supabase/config.toml as parsed."""
    return tomllib.loads((ROOT / "supabase" / "config.toml").read_text())


@dataclass
class State:
    """One stack: its folder, its ports on 127.0.0.1, its processes."""

    dir: Path
    api: int
    db: int
    rest: int
    expose: bool
    parts: dict[str, Part] = field(default_factory=dict)

    def dsn(self, role: str) -> str:
        return f"postgresql://{role}:postgres@127.0.0.1:{self.db}/postgres"

    def log_path(self, name: str) -> Path:
        return self.dir / f"{name}.log"

    def dead_parts(self) -> list[str]:
        """Names of the parts that do not run, in starting order."""
        return [name for name in PARTS if name not in self.parts or not self.parts[name].alive]

    def addresses_and_keys(self) -> dict[str, str]:
        """What clients need, under the names that the CLI's `status -o env` uses."""
        api_url = f"http://127.0.0.1:{self.api}"
        return {
            "API_URL": api_url,
            "REST_URL": f"{api_url}/rest/v1",
            "DB_URL": self.dsn("postgres"),
            "ADMIN_DB_URL": self.dsn("supabase_admin"),
            "PUBLISHABLE_KEY": PUBLISHABLE_KEY,
            "SECRET_KEY": SECRET_KEY,
            "JWT_SECRET": JWT_SECRET,
            "ANON_KEY": LEGACY_KEYS["anon"],
            "SERVICE_ROLE_KEY": LEGACY_KEYS["service_role"],
        }

    def save(self) -> None:
        """Write stack.json, whole or not at all."""
        half_written = self.dir / "stack.json.half"
        half_written.write_text(json.dumps(asdict(self), default=str))
        half_written.rename(self.dir / "stack.json")


def state_dir(chosen: str | None) -> Path:
    """The folder of a stack: `chosen`, else DOSSIER_STATE, else .local/stack; made if missing."""
    path = Path(chosen or os.environ.get("DOSSIER_STATE") or ROOT / ".local" / "stack").absolute()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def load_state(path: Path) -> State | None:
    """The stack kept in a folder; None if none was started there or it was stopped."""
    if not (path / "stack.json").exists():
        return None
    kept = json.loads((path / "stack.json").read_text())
    parts = {name: Part(**part) for name, part in kept["parts"].items()}
    # Another version of this file may have kept what this one does not know.
    known = {field.name: kept[field.name] for field in fields(State) if field.name in kept}
    return State(**{**known, "dir": path, "parts": parts})


def new_state(path: Path, ports: str, expose: bool | None) -> State:
    """A stack that is about to start.

    `ports`: "free" takes any free ports; "fixed" those of the environment, else of config.toml.
    `expose`: whether new tables are granted to the API roles; None asks config.toml.
    """
    config = read_config()
    if ports == "free":
        api = free_port()
        db = free_port()
    else:
        api = int(os.environ.get("DOSSIER_API_PORT") or config["api"]["port"])
        db = int(os.environ.get("DOSSIER_DB_PORT") or config["db"]["port"])
    if expose is None:
        expose = config["api"]["auto_expose_new_tables"]
    return State(dir=path, api=api, db=db, rest=free_port(), expose=expose)
