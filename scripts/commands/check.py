"""`scripts/check`: everything that must hold before a commit.

Runs all steps and reports all faults together.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from scripts.commands import (
    catalogue,
    comparison,
    gen,
    house_rules,
    import_rules,
    requirements,
    stack,
)
from scripts.commands.schemas import Tree
from scripts.local_supabase.cli import supabase_cli as cli
from scripts.local_supabase.errors import StackError

# Migrations and rollbacks are generated: what they are made from is looked at.
SQL = ["supabase/schemas", "supabase/data", "sql/checks", "sql/reports"]
# By rule: unused_index says what a fresh database has not used yet; private tables have no policy
# by design.
IGNORED_LINTS = {"unused_index"}


def _run(*command: str) -> list[str]:
    done = subprocess.run(command, cwd=stack.ROOT, capture_output=True, text=True, check=False)
    return [] if done.returncode == 0 else (done.stdout + done.stderr).strip().splitlines()[-60:]


def _tool(name: str, *arguments: str) -> list[str]:
    return _run(str(stack.ROOT / ".local" / "venv" / "bin" / name), *arguments)


def migration_faults(paths: list[Path]) -> list[str]:
    """What squawk says of migrations."""
    return _tool("squawk", *map(str, paths))


def _advisors() -> list[str]:
    """Findings of Supabase's own advisors that no comment beside the object explains."""
    url = stack.start()[0]["DB_URL"]
    try:
        told = cli.on(url, "db", "advisors", "--level", "info", "--output-format", "json")
    except StackError as error:
        return str(error).splitlines()[-20:]
    return [
        f"{lint['name']}: {lint['detail']}"
        for lint in json.loads(told)["results"]
        if not catalogue.explained(lint, IGNORED_LINTS)
    ]


STEPS: dict[str, Callable[[], list[str]]] = {
    "format": lambda: _tool("ruff", "format", "--check", "--quiet", "."),
    "lint": lambda: _tool("ruff", "check", "--quiet", "--output-format", "concise", "."),
    "types": lambda: _tool("mypy"),
    "sql": lambda: _tool("sqlfluff", "lint", "--disable-progress-bar", *SQL),
    "migrations": lambda: migration_faults(Tree().migrations),
    "schemas": comparison.faults,
    "house rules": house_rules.faults,
    "imports": lambda: list(import_rules.faults()),
    "requirements": lambda: list(requirements.faults()),
    "drift": gen.drifted,
    "access surface": lambda: catalogue.surface(stack.start()[0]["DB_URL"]),
    "advisors": _advisors,
}


def _step(name: str) -> bool:
    started = time.monotonic()
    faults = STEPS[name]()
    print(f"{'FAIL' if faults else 'ok  '} {name} ({time.monotonic() - started:.1f} s)", flush=True)
    for fault in faults:
        print(f"     {fault}")
    return bool(faults)


def _step_name(text: str) -> str:
    """`house_rules` and "house rules" name the same step."""
    name = text.replace("_", " ")
    if name not in STEPS:
        raise argparse.ArgumentTypeError(f"no step {text}: see scripts/check --help")
    return name


def main(argv: list[str]) -> int:
    """0 when every step passes."""
    parser = argparse.ArgumentParser(prog="scripts/check", description=__doc__)
    names = ", ".join(name.replace(" ", "_") for name in STEPS)
    parser.add_argument(
        "steps", nargs="*", type=_step_name, metavar="STEP", help=f"default: all of {names}"
    )
    asked = parser.parse_args(argv)
    with stack.borrowed():
        failed = sum([_step(name) for name in asked.steps or STEPS])
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
