"""`python -m service api|worker|all`. The only place that reads the environment."""

import argparse
import asyncio
import signal
import sys

import uvicorn

from service import log
from service.app import create_app
from service.settings import ApiSettings, Settings, SettingsError, WorkerSettings


def _server(settings: ApiSettings) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            create_app(settings),
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=settings.drain_seconds,
            server_header=False,
        )
    )


async def _all(api: ApiSettings, worker: WorkerSettings) -> None:
    """Both in one process, for small installs: the api's code still holds no secret, the process does."""
    from service.worker import run

    stop = asyncio.Event()
    server = _server(api)
    working = asyncio.create_task(run.work(worker, stop))
    try:
        await server.serve()  # returns at SIGTERM or SIGINT, when requests have ended
    finally:
        stop.set()
        await working


def main(argv: list[str] | None = None) -> int:
    """Runs a process; 2 when the settings are not usable."""
    parser = argparse.ArgumentParser(prog="python -m service")
    parser.add_argument("process", choices=("api", "worker", "all"))
    process = parser.parse_args(argv).process
    try:
        api = ApiSettings.load() if process != "worker" else None
        worker = WorkerSettings.load() if process != "api" else None
    except SettingsError as error:
        sys.stderr.write(f"{error}\nSee .env.example for what each one means.\n")
        return 2
    settings: Settings | None = api or worker
    if settings is not None:
        log.configure(settings.log_format, settings.log_level)
    try:
        if api and worker:
            asyncio.run(_all(api, worker))
        elif api:
            _server(api).run()
        elif worker:
            from service.worker import run  # the api starts without the model's and the parser's libraries

            asyncio.run(run.main(worker))
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return 0


if __name__ == "__main__":
    sys.exit(main())
