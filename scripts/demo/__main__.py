"""`scripts/run [FILES…] [--exit] [--json PATH] [--csv PATH]`: the main job, end to end.

As a person would see it: documents in, progress live, a table with its evidence out.
"""

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
from scripts.demo import report
from scripts.demo.live import Live
from scripts.demo.workspace import EMAIL, PASSWORD, Row, Workspace, close_workspace, open_workspace
from scripts.samples import SAMPLES

OUT = stack.ROOT / ".local" / "run"
PARSED = {"ready", "failed"}
ENDED = {"completed", "failed", "cancelled"}
# A job that is paused waits for a person, and nobody else is here.
JOB_STOPPED = ENDED | {"paused"}
TERMINATED = 143  # what a shell makes of SIGTERM

console = Console(width=None if sys.stdout.isatty() else 200)


def main(argv: list[str]) -> int:
    """0 when the job completed."""
    arguments = _parse_arguments(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    console.print("Starting Supabase …", style="dim")
    values, started_here = stack.start()
    result: dict[str, Any] = {"job": "interrupted"}
    try:
        with processes.running_service(values, OUT) as service:
            result = asyncio.run(_run_demo(values, service, arguments))
            if arguments.json:
                arguments.json.write_text(json.dumps(result, indent=2) + "\n")
            console.print_json(json.dumps(result))
            _print_addresses(values, service, arguments)
            if not arguments.exit:
                console.print("Running until Ctrl-C.")
                signal.pause()
    except KeyboardInterrupt:
        console.print("Stopping …", style="dim")
    finally:
        if started_here:
            stack.stop()
    return 0 if result["job"] == "completed" else 1


def _parse_arguments(argv: list[str]) -> argparse.Namespace:
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


async def _run_demo(
    values: dict[str, str], service: processes.Service, arguments: argparse.Namespace
) -> dict[str, Any]:
    name = f"Demonstration {datetime.now():%Y-%m-%d %H:%M:%S}"
    workspace = await open_workspace(values, service.url, name)
    try:
        return await _do_main_job(workspace, arguments)
    finally:
        await close_workspace(workspace)


async def _do_main_job(workspace: Workspace, arguments: argparse.Namespace) -> dict[str, Any]:
    """Upload, extract, export; prints the table and gives the summary."""
    started = time.monotonic()
    variables = json.loads(arguments.variables.read_text())["variables"]
    await workspace.define_variables(variables)
    with _make_progress() as progress:
        bars = Bars(progress)
        async with Live(workspace, bars.move) as live:
            bars.live = live
            uploads = await _upload_files(workspace, arguments.files, bars)
            await _wait_until_parsed(live, uploads, bars)
            await workspace.start_job()
            jobs = await live.wait_for("jobs", lambda rows: rows[-1]["state"] in JOB_STOPPED)
            await workspace.start_export()
            exports = await live.wait_for("exports", lambda rows: rows[-1]["state"] in ENDED)
            progress.console.print(f"{live.broadcasts} live broadcasts received", style="dim")
    _save_table(await _download_export(workspace, exports[-1]), arguments.csv)
    return await _show_result(workspace, jobs[-1], uploads, time.monotonic() - started)


def _make_progress() -> Progress:
    return Progress(
        TextColumn("{task.description:<22}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )


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
        parsed = sum(document["state"] in PARSED for document in documents)
        self.progress.update(self.parsed, completed=parsed)
        for job in self.live.tables["jobs"].values():
            read = job["documents_done"] + job["documents_failed"] + job["documents_skipped"]
            self.progress.update(
                self.read, completed=read, total=job["documents_total"], visible=True
            )


async def _upload_files(workspace: Workspace, files: list[Path], bars: Bars) -> list[Row]:
    """One answer a file; ends the program if none was taken."""
    uploads = await workspace.upload_files(files)
    for upload in uploads:
        if upload["outcome"] == "refused":
            refusal = f"refused {upload['name']}: {upload['refusal']['code']}"
            bars.progress.console.print(refusal)
    if not _documents_of(uploads):
        raise SystemExit("No file was taken.")
    return uploads


async def _wait_until_parsed(live: Live, uploads: list[Row], bars: Bars) -> None:
    wanted = len(_documents_of(uploads))
    bars.progress.update(bars.parsed, total=wanted)

    def all_parsed(rows: list[Row]) -> bool:
        return len(rows) >= wanted and all(row["state"] in PARSED for row in rows)

    await live.wait_for("documents", all_parsed)


def _documents_of(uploads: list[Row]) -> set[str]:
    """Two files with the same content are one document."""
    return {upload["document_id"] for upload in uploads if upload["document_id"]}


async def _download_export(workspace: Workspace, export: Row) -> bytes:
    if export["state"] != "completed":
        raise SystemExit(f"The export failed: {export['failure_code']}.")
    return await workspace.download_export(export["object_path"])


def _save_table(content: bytes, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


async def _show_result(
    workspace: Workspace, job: Row, uploads: list[Row], seconds: float
) -> dict[str, Any]:
    documents = await workspace.fetch_rows("documents")
    documents.sort(key=lambda row: str(row["name"]))
    variables = await workspace.fetch_rows("variables")
    variables.sort(key=lambda row: int(row["position"]))
    extractions = await workspace.fetch_rows("extractions")
    report.print_table(console, documents, variables, extractions)
    return report.summarise(documents, extractions, job, uploads, seconds)


def _print_addresses(
    values: dict[str, str], service: processes.Service, arguments: argparse.Namespace
) -> None:
    console.print(f"table      {arguments.csv}")
    console.print(f"service    {service.url}/v1/docs")
    console.print(f"supabase   {values['API_URL']} (publishable key {values['PUBLISHABLE_KEY']})")
    console.print(f"database   {values['DB_URL']}")
    console.print(f"sign in    {EMAIL} / {PASSWORD}")
    console.print(f"logs       {service.logs}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
