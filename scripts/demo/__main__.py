"""`scripts/run [FILES…] [--exit] [--json PATH] [--csv PATH]`: the main job, end to end, as a person would see it."""

import argparse
import asyncio
import json
import signal
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from scripts.commands import processes, stack
from scripts.demo import report, workspace
from scripts.demo.live import Live
from scripts.samples import SAMPLES

OUT = stack.ROOT / ".local" / "run"
ENDED = {"completed", "failed", "cancelled"}

console = Console(width=None if sys.stdout.isatty() else 200)


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/run", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="documents; default: the samples")
    parser.add_argument(
        "--variables", type=Path, default=SAMPLES / "variables.json", help="the columns, as JSON"
    )
    parser.add_argument("--exit", action="store_true", help="stop everything when done")
    parser.add_argument("--json", type=Path, help="write what happened to this file")
    parser.add_argument("--csv", type=Path, default=OUT / "table.csv", help="where the table goes")
    arguments = parser.parse_args(argv)
    missing = [str(path) for path in [*arguments.files, arguments.variables] if not path.is_file()]
    if missing:
        parser.error("no such file: " + ", ".join(missing))
    arguments.files = arguments.files or sorted(SAMPLES.glob("*.pdf"))
    return arguments


def _bar() -> Progress:
    columns = (
        TextColumn("{task.description:<22}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=console)


class Bars:
    """Progress bars that Realtime moves."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.live: Live | None = None
        self.parsed = progress.add_task("parsed (live)", total=None)
        self.read = progress.add_task("documents read (live)", total=None, visible=False)

    def move(self) -> None:
        """Shows the newest rows."""
        if self.live is None:
            return
        documents = self.live.tables["documents"].values()
        ended = sum(row["state"] in {"ready", "failed"} for row in documents)
        self.progress.update(self.parsed, completed=ended)
        for job in self.live.tables["jobs"].values():
            done = job["documents_done"] + job["documents_failed"] + job["documents_skipped"]
            self.progress.update(
                self.read, completed=done, total=job["documents_total"], visible=True
            )


async def _main_job(ws: workspace.Workspace, arguments: argparse.Namespace) -> dict[str, Any]:
    started = time.monotonic()
    variables = json.loads(arguments.variables.read_text())["variables"]
    await ws.define(variables)
    with _bar() as progress:
        bars = Bars(progress)
        async with Live(ws, bars.move) as live:
            bars.live = live
            uploads = await ws.upload(arguments.files)
            taken = {row["document_id"] for row in uploads if row["document_id"]}
            for row in uploads:
                if row["outcome"] == "refused":
                    progress.console.print(f"refused {row['name']}: {row['refusal']['code']}")
            if not taken:
                raise SystemExit("No file was taken.")
            progress.update(bars.parsed, total=len(taken))
            await live.until("documents", lambda rows: _all_parsed(rows, len(taken)))
            await ws.start_job()
            jobs = await live.until("jobs", lambda rows: rows[-1]["state"] in ENDED | {"paused"})
            await ws.start_export()
            exports = await live.until("exports", lambda rows: rows[-1]["state"] in ENDED)
            progress.console.print(f"{live.broadcasts} live broadcasts received", style="dim")
    if exports[-1]["state"] != "completed":
        raise SystemExit(f"The export failed: {exports[-1]['failure_code']}.")
    arguments.csv.parent.mkdir(parents=True, exist_ok=True)
    arguments.csv.write_bytes(await ws.download(exports[-1]["object_path"]))
    return await _show(ws, jobs[-1], uploads, time.monotonic() - started)


def _all_parsed(rows: list[dict[str, Any]], wanted: int) -> bool:
    return len(rows) >= wanted and all(row["state"] in {"ready", "failed"} for row in rows)


async def _show(
    ws: workspace.Workspace, job: dict[str, Any], uploads: list[dict[str, Any]], seconds: float
) -> dict[str, Any]:
    documents = sorted(await ws.rows("documents"), key=lambda row: str(row["name"]))
    variables = sorted(await ws.rows("variables"), key=lambda row: int(row["position"]))
    extractions = await ws.rows("extractions")
    report.print_table(console, documents, variables, extractions)
    return report.summary(documents, extractions, job, uploads, seconds)


def _say_where(
    values: dict[str, str], service: processes.Service, arguments: argparse.Namespace
) -> None:
    console.print(f"table      {arguments.csv}")
    console.print(f"service    {service.url}/v1/docs")
    console.print(f"supabase   {values['API_URL']} (publishable key {values['PUBLISHABLE_KEY']})")
    console.print(f"database   {values['DB_URL']}")
    console.print(f"sign in    {workspace.EMAIL} / {workspace.PASSWORD}")
    console.print(f"logs       {service.logs}")


async def _run(
    values: dict[str, str], service: processes.Service, arguments: argparse.Namespace
) -> dict[str, Any]:
    name = f"Demonstration {datetime.now():%Y-%m-%d %H:%M:%S}"
    ws = await workspace.open_workspace(values, service.url, name)
    try:
        return await _main_job(ws, arguments)
    finally:
        await workspace.close(ws)


def main(argv: list[str]) -> int:
    """0 when the job completed."""
    arguments = _arguments(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    console.print("Starting Supabase …", style="dim")
    values, started_here = stack.start()
    result: dict[str, Any] = {"job": "interrupted"}
    try:
        with processes.running_service(values, OUT) as service:
            result = asyncio.run(_run(values, service, arguments))
            if arguments.json:
                arguments.json.write_text(json.dumps(result, indent=2) + "\n")
            console.print_json(json.dumps(result))
            _say_where(values, service, arguments)
            if not arguments.exit:
                console.print("Running until Ctrl-C.")
                signal.pause()
    except KeyboardInterrupt:
        console.print("Stopping …", style="dim")
    finally:
        if started_here:
            stack.stop()
    return 0 if result["job"] == "completed" else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
