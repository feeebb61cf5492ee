"""A checkout that nothing was installed in yet: one documented command does everything, and leaves
nothing running.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.commands.house_rules import tracked
from scripts.local_supabase.ports import free_port
from scripts.rig.stacks import ROOT

MINUTES = 15
pytestmark = pytest.mark.local


def test_fresh__checkout_installs_migrates_starts_and_does_the_main_job(tmp_path: Path) -> None:
    """E-OPS-01, E-LLM-06: the files that git tracks and README's first command; needs the network."""
    checkout = tmp_path / "checkout"
    for path in tracked():
        (checkout / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, checkout / path)
    sample = "scripts/samples/files/pdf/en_invoice_consulting.pdf"
    assert "./scripts/run" in (checkout / "README.md").read_text()
    ours = ("DOSSIER_", "SUPABASE_", "VIRTUAL_ENV", "PYTHONPATH", "NODE_PATH", "COV_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    programs = os.pathsep.join(
        folder for folder in kept["PATH"].split(os.pathsep) if not folder.startswith(str(ROOT))
    )
    ports = {f"DOSSIER_{name}_PORT": str(free_port()) for name in ("API", "DB", "SERVICE")}
    done = subprocess.run(
        ["./scripts/run", sample, "--exit", "--json", "told.json"],
        cwd=checkout,
        env=kept | ports | {"PATH": programs},
        capture_output=True,
        text=True,
        timeout=60 * MINUTES,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    told = json.loads((checkout / "told.json").read_text())
    assert (told["job"], told["documents"], told["extractor"]) == (
        "completed",
        {"ready": 1},
        "offline",
    )
    assert not (checkout / ".local" / "stack" / "stack.json").exists()
