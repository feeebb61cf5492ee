"""Builds a worker from settings and runs it until a signal: the only place that knows every capability."""

import asyncio
import contextlib
import os
import signal
import socket
import tempfile
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from prometheus_client import start_http_server

from service import log, supabase
from service.documents import task as documents
from service.exports import task as exports
from service.extraction import task as extraction
from service.extraction.model import ModelClient, ModelPlan
from service.extraction.offline import OfflineModel
from service.metrics import Metrics
from service.parsing import task as parsing
from service.parsing.child import Readers
from service.parsing.models import Limits
from service.settings import WorkerSettings
from service.worker.loop import Lane, Worker
from service.worker.tasks import Tools, Verbs

HANDLERS = {"parse": parsing.run, "extract": extraction.run, "export": exports.run, "sweep": documents.run}
ORPHANS_EVERY_SECONDS = 600
PATIENCE_SECONDS = 40


@asynccontextmanager
async def tools(settings: WorkerSettings) -> AsyncIterator[Tools]:
    """Clients, spool and counters of one worker; the spool is gone afterwards."""
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=100)
    metrics = Metrics()
    with tempfile.TemporaryDirectory(dir=settings.spool_dir, prefix="dossier-") as spool:
        async with httpx.AsyncClient(limits=limits, timeout=httpx.Timeout(60)) as http:
            client = await supabase.as_worker(settings, http)
            verbs = Verbs(client, PATIENCE_SECONDS)
            readers = Readers(Limits(seconds=settings.parse_seconds, memory_bytes=settings.parse_memory_bytes))
            try:
                yield Tools(settings, verbs, client, http, Path(spool), metrics, _model(settings), readers)
            finally:
                await readers.close()


def _model(settings: WorkerSettings) -> ModelClient | OfflineModel:
    if settings.model_api_key is None:
        return OfflineModel()
    return ModelClient(
        ModelPlan(
            model=settings.model_name,
            api_key=settings.model_api_key,
            base_url=settings.model_base_url,
            timeout_seconds=settings.model_timeout_seconds,
            max_output_tokens=settings.model_max_output_tokens,
        )
    )


async def _sweep_now_and_then(kit: Tools) -> None:
    while True:
        await asyncio.sleep(ORPHANS_EVERY_SECONDS)
        try:
            await documents.sweep_orphans(kit)
        except Exception as error:
            log.get().warning("worker.poll_failed", error=type(error).__name__)


async def work(settings: WorkerSettings, stop: asyncio.Event) -> None:
    """Runs one worker until `stop` is set, then drains it."""
    name = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    lanes = [
        Lane(("parse",), settings.parse_processes),
        Lane(("extract",), settings.concurrency),
        Lane(("export", "sweep"), 4),
    ]
    async with tools(settings) as kit:
        if settings.worker_metrics_port is not None:
            start_http_server(settings.worker_metrics_port, registry=kit.metrics.registry)
        worker = Worker(name, kit, HANDLERS, lanes)
        sweeper = asyncio.create_task(_sweep_now_and_then(kit))
        running = asyncio.create_task(worker.run())
        await asyncio.wait({running, asyncio.create_task(stop.wait())}, return_when=asyncio.FIRST_COMPLETED)
        worker.stop()
        await running
        sweeper.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sweeper


async def main(settings: WorkerSettings) -> None:
    """`work` until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    await work(settings, stop)
