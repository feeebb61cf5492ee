"""`python -m service api|worker|all`. The only place that reads the environment."""

import argparse
import asyncio
import contextlib
import sys

import uvicorn
import uvloop
from pydantic import ValidationError

from service import log
from service.api import create_app
from service.settings import ApiSettings, Settings, WorkerSettings


async def _run(api: ApiSettings | None, worker: WorkerSettings | None) -> None:
    """One of them, or both in one process: the api's code still holds no secret, the process does."""
    async with asyncio.TaskGroup() as group:
        # In this order: uvicorn leaves a loop its signals, and so both hear of the end.
        if worker:
            from service import (
                worker as run,  # the api starts without the model's and the parser's libraries
            )

            group.create_task(run.main(worker))
        if api:
            config = uvicorn.Config(
                create_app(api), api.host, api.port, log_config=None, server_header=False
            )
            config.timeout_graceful_shutdown = api.drain_seconds
            group.create_task(uvicorn.Server(config).serve())


def main(argv: list[str] | None = None) -> int:
    """Runs a process; 2 when the settings are not usable."""
    parser = argparse.ArgumentParser(prog="python -m service")
    parser.add_argument("process", choices=("api", "worker", "all"))
    process = parser.parse_args(argv).process
    try:
        api = ApiSettings() if process != "worker" else None
        worker = WorkerSettings() if process != "api" else None
        log.configure(Settings())
    except ValidationError as error:
        faults = [
            f"  {'.'.join(map(str, fault['loc']))}: {fault['msg']}\n" for fault in error.errors()
        ]
        sys.stderr.write(
            f"The settings are not usable:\n{''.join(faults)}See .env.example for what each one means.\n"
        )
        return 2
    with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises it again when requests have ended
        uvloop.run(_run(api, worker))
    return 0


if __name__ == "__main__":
    sys.exit(main())
