"""`scripts/test [--against ENVFILE] [--real-model] [pytest args]`: passes the tests.

All of them if nothing is chosen. A whole run has the house's coverage gate and tells what it
proved, row by row, in .local/requirements.md.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from scripts.commands import requirements
from scripts.commands.stack import ROOT

JUNIT = ROOT / ".local" / "junit.xml"
WHOLE_RUN = [
    "--cov",
    "--cov-report=term-missing:skip-covered",
    "--cov-fail-under=90",
    f"--junitxml={JUNIT}",
]
# Shows what is printed: the share of values that a real model got verified.
REAL_MODEL = ["tests/real", "-rP"]


def main(argv: list[str]) -> int:
    """Exit code of pytest; 2 when the env file cannot be used."""
    asked, pytest_arguments = _parse_arguments(argv)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    if asked.against:
        environment |= _read_env_file(asked.against)
        environment["DOSSIER_TEST_AGAINST"] = "1"
    if asked.real_model:
        environment["DOSSIER_TEST_REAL_MODEL"] = "1"
        pytest_arguments = [*REAL_MODEL, *pytest_arguments]
    if pytest_arguments:
        return _run_pytest(pytest_arguments, environment)
    JUNIT.unlink(missing_ok=True)
    code = _run_pytest(WHOLE_RUN, environment)
    if JUNIT.is_file():
        print(requirements.report_run(JUNIT))
    return code


def _parse_arguments(argv: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """What this command knows, and what it leaves to pytest."""
    parser = argparse.ArgumentParser(
        prog="scripts/test",
        description=__doc__,
        epilog="Everything else goes to pytest: a file, -k WORD, -x, -q.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--against",
        type=Path,
        metavar="ENVFILE",
        help="a real project: SUPABASE_URL, its two keys and DB_URL",
    )
    parser.add_argument(
        "--real-model", action="store_true", help="the tests that ask a real model, which is paid"
    )
    asked, pytest_arguments = parser.parse_known_args(argv)
    if asked.against and not asked.against.is_file():
        parser.error("--against wants the path of an env file.")
    return asked, pytest_arguments


def _read_env_file(path: Path) -> dict[str, str]:
    """Names and values of an env file."""
    values = {}
    for line in path.read_text().splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith("#"):
            values[name.strip()] = value.strip().strip("\"'")
    return values


def _run_pytest(arguments: list[str], environment: dict[str, str]) -> int:
    command = [sys.executable, "-P", "-m", "pytest", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
