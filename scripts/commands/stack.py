"""The Supabase that commands work on: start it where needed, and know its addresses."""

import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout

from scripts.local_supabase.cli import commands as supabase
from scripts.local_supabase.machine import ROOT as ROOT


def status() -> dict[str, str] | None:
    """Addresses and keys of the running Supabase, under the CLI's names; None when it is not up."""
    printed = io.StringIO()
    with redirect_stdout(printed), redirect_stderr(io.StringIO()):
        code = supabase.main(["status", "-o", "json"])
    if code != 0:
        return None
    values: dict[str, str] = json.loads(printed.getvalue())
    return values


def start(ports: str = "fixed") -> tuple[dict[str, str], bool]:
    """Addresses and keys, and whether this call started it. Ends the program if it cannot start."""
    running = status()
    if running:
        return running, False
    if supabase.main(["start", "--ports", ports]) != 0:
        raise SystemExit(1)
    values = status()
    if values is None:
        raise SystemExit("Supabase started but does not answer: see scripts/supabase status.")
    return values, True


@contextmanager
def borrowed() -> Iterator[dict[str, str]]:
    """Addresses and keys of a Supabase, which is left as it was.

    One that was not up before is started on free ports and stopped afterwards.
    """
    values, started_here = start("free")
    try:
        yield values
    finally:
        if started_here:
            stop()


def stop() -> None:
    """Stops the local Supabase; its data stay."""
    supabase.main(["stop"])


def service_environment(values: dict[str, str]) -> dict[str, str]:
    """The settings of .env.example for an api on this Supabase; it is not given the secret key."""
    inherited = {name: value for name, value in os.environ.items() if name != "SUPABASE_SECRET_KEY"}
    return {
        **inherited,
        "PYTHONPATH": str(ROOT),
        "SUPABASE_URL": values["API_URL"],
        "SUPABASE_PUBLISHABLE_KEY": values["PUBLISHABLE_KEY"],
    }
