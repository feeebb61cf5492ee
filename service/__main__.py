"""`python -m service api|worker|all` runs the service; `read` and `judge` show what it reads.

The only place that reads the environment. Each command imports what it needs and nothing else:
`read` must not wait for a web server, nor the api for the model's and the parser's libraries.
"""

import argparse
import asyncio
import contextlib
import sys
from typing import TYPE_CHECKING

from service.content import commands as content

if TYPE_CHECKING:
    from pydantic import ValidationError

    from service.settings import ApiSettings, WorkerSettings

_PROCESSES = {
    "api": "serve requests",
    "worker": "do the tasks of the queue",
    "all": "both in one process",
}


def main(argv: list[str] | None = None) -> int:
    """Runs a command; 2 when its arguments or the settings are not usable."""
    parser = argparse.ArgumentParser(prog="python -m service")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, purpose in _PROCESSES.items():
        commands.add_parser(name, help=purpose)
    content.add_commands(commands)
    asked = parser.parse_args(argv)
    if asked.command in _PROCESSES:
        return _run_process(asked.command)
    return content.run_command(asked)


def _run_process(name: str) -> int:
    import uvloop
    from pydantic import ValidationError

    from service import log
    from service.settings import ApiSettings, Settings, WorkerSettings

    try:
        api = ApiSettings() if name != "worker" else None
        worker = WorkerSettings() if name != "api" else None
        log.configure(Settings())
    except ValidationError as error:
        sys.stderr.write(_describe_faults(error))
        return 2
    with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises it again when requests have ended
        uvloop.run(_serve(api, worker))
    return 0


def _describe_faults(error: "ValidationError") -> str:
    lines = ["The settings are not usable:"]
    for fault in error.errors():
        lines.append(f"  {'.'.join(map(str, fault['loc']))}: {fault['msg']}")
    lines.append("See .env.example for what each one means.")
    return "\n".join(lines) + "\n"


async def _serve(api: "ApiSettings | None", worker: "WorkerSettings | None") -> None:
    """One of them, or both in one process: the api's code holds no secret, the process does."""
    async with asyncio.TaskGroup() as group:
        # The worker first: uvicorn leaves the handlers of signals in place, so that both are told.
        if worker:
            from service.worker import main as run_worker

            group.create_task(run_worker(worker))
        if api:
            import uvicorn

            from service.api import create_app

            config = uvicorn.Config(
                create_app(api), api.host, api.port, log_config=None, server_header=False
            )
            config.timeout_graceful_shutdown = api.drain_seconds
            group.create_task(uvicorn.Server(config).serve())


if __name__ == "__main__":
    sys.exit(main())
