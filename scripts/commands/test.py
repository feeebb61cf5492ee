"""`scripts/test [--against ENVFILE] [--real-model] [pytest args]`: pytest; all of it when nothing is chosen.

A whole run has the house's coverage gate and tells what it proved, row by row, in .local/requirements.md.
"""

import os
import subprocess
import sys
from pathlib import Path

from scripts.commands import requirements
from scripts.commands.stack import ROOT

JUNIT = ROOT / ".local" / "junit.xml"
WHOLE = [
    "--cov",
    "--cov-report=term-missing:skip-covered",
    "--cov-fail-under=90",
    f"--junitxml={JUNIT}",
]
# Shows what is printed: the share of values that a real model got verified.
REAL_MODEL = ["tests/real", "-rP"]


def _against(path: Path) -> dict[str, str]:
    """Names and values of an env file: SUPABASE_URL, the two keys and DB_URL of a real project."""
    lines = (line.strip() for line in path.read_text().splitlines())
    pairs = (
        line.split("=", 1) for line in lines if line and not line.startswith("#") and "=" in line
    )
    return {name.strip(): value.strip().strip("\"'") for name, value in pairs}


def main(argv: list[str]) -> int:
    """Exit code of pytest; 2 when the env file cannot be used."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    if "--against" in argv:
        place = argv.index("--against")
        if place + 1 >= len(argv) or not Path(argv[place + 1]).is_file():
            print("--against wants the path of an env file.", file=sys.stderr)
            return 2
        environment |= _against(Path(argv[place + 1])) | {"DOSSIER_TEST_AGAINST": "1"}
        del argv[place : place + 2]
    whole, chosen = not argv, argv or WHOLE
    if "--real-model" in argv:
        environment |= {"DOSSIER_TEST_REAL_MODEL": "1"}
        chosen = [*REAL_MODEL, *(given for given in argv if given != "--real-model")]
    if whole:
        JUNIT.unlink(missing_ok=True)
    command = [sys.executable, "-P", "-m", "pytest", *chosen]
    code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    if whole and JUNIT.is_file():
        print(requirements.report(JUNIT))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
