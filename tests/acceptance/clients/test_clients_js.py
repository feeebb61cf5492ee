"""Runs every `*.test.mjs` of this folder with supabase-js, unchanged, against the session's stack.

A test file gets API_URL, PUBLISHABLE_KEY, SECRET_KEY, DB_URL and, in SUPABASE_JS, the address to
import supabase-js from: ES modules look packages up beside the file, and it is installed elsewhere.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
NODE = Path(sys.prefix) / "bin" / "node"
PACKAGE = HERE.parents[2] / ".local/npm/node_modules/@supabase/supabase-js/dist/index.mjs"
LONGEST_SECONDS = 120


@pytest.mark.usefixtures("realtime_world")
@pytest.mark.parametrize("file", sorted(HERE.glob("*.test.mjs")), ids=lambda file: file.name)
def test_supabase_js__passes(file: Path, stack: Any) -> None:
    env = {
        **os.environ,
        "API_URL": stack.api_url,
        "PUBLISHABLE_KEY": stack.publishable_key,
        "SECRET_KEY": stack.secret_key,
        "DB_URL": stack.db_url,
        "SUPABASE_JS": PACKAGE.as_uri(),
        "PYTHON": sys.executable,
    }
    done = subprocess.run(
        [NODE, "--test", "--test-force-exit", "--test-reporter=spec", str(file)],
        env=env,
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
