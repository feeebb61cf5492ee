"""Builds a worker from settings and runs it until a signal."""

import asyncio
import gc
import signal
import tempfile
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from prometheus_client import start_http_server

from service import connections
from service.documents.import_task import ImportTable
from service.documents.sweep_task import SweepObjects, sweep_unclaimed
from service.exports.export_task import ExportTable
from service.extraction.announcement import announce_model
from service.extraction.asking import AskerOf, ModelAsker
from service.extraction.extract_task import ExtractDocument, Plan
from service.model.json_model import ModelOf
from service.offline.extractor import OfflineModel
from service.parsing.child import Readers
from service.parsing.models import Limits
from service.parsing.parse_task import ParseDocument
from service.queue.depth import count_tasks
from service.queue.files import Files
from service.queue.loop import Duty, Lane, Pace, Worker
from service.queue.task import Handler
from service.queue.verbs import Verbs
from service.settings import WorkerSettings
from service.suggestions.suggest_task import CompareInstructions, SuggestSchema
from supabase import AsyncClientOptions, acreate_client


class Connected(NamedTuple):
    """Supabase in the worker's name."""

    verbs: Verbs
    files: Files


@asynccontextmanager
async def connect(settings: WorkerSettings) -> AsyncIterator[Connected]:
    """The way to Supabase of one worker, with its spool, which is gone afterwards."""
    url = settings.supabase_url
    key = settings.supabase_secret_key.get_secret_value()
    with tempfile.TemporaryDirectory(dir=settings.spool_dir, prefix="dossier-") as spool:
        async with connections.open_pool(url, key) as http:
            options = AsyncClientOptions(
                auto_refresh_token=False, persist_session=False, httpx_client=http
            )
            client = await acreate_client(url, key, options)
            yield Connected(Verbs(client), Files(client.storage, http, Path(spool)))


def _build_model_of(
    settings: WorkerSettings, verbs: Verbs, ending: AsyncExitStack
) -> ModelOf | None:
    """The model of the settings; None where they name no key."""
    if settings.model_api_key is None:
        return None
    from service.model.client import ModelClient, TaskModel  # its SDK takes seconds to load

    client = ModelClient(settings, settings.model_api_key)
    ending.push_async_callback(client.sdk.close)
    return partial(TaskModel, client, verbs)


def _build_asker_of(model_of: ModelOf | None) -> AskerOf:
    """Who answers questions about documents: the model, else the offline extractor."""
    if model_of is None:
        return lambda _task, _request_id: OfflineModel()
    return lambda task, request_id: ModelAsker(model_of(task, request_id))


def _build_handlers(
    settings: WorkerSettings, supabase: Connected, readers: Readers, model_of: ModelOf | None
) -> Mapping[str, Handler]:
    """Who does which kind of task."""
    verbs, files = supabase
    asker_of = _build_asker_of(model_of)
    plan = Plan(settings.model_context_tokens, settings.model_max_output_tokens)
    return {
        "parse": ParseDocument(verbs, files, readers),
        "extract": ExtractDocument(verbs, asker_of, plan),
        "export": ExportTable(verbs, files),
        "sweep": SweepObjects(verbs, files),
        "import": ImportTable(verbs, files, readers),
        "suggest": SuggestSchema(verbs, model_of),
        "refine": CompareInstructions(verbs, asker_of),
    }


def _build_lanes(settings: WorkerSettings) -> list[Lane]:
    return [
        # Twice as many documents are held as calls are made at once: no call waits for one that is
        # read, judged or stored.
        Lane(("extract",), 2 * settings.concurrency),
        Lane(("parse",), settings.parse_processes),
        Lane(("suggest", "refine"), 8),
        Lane(("export", "sweep", "import"), 4),
    ]


def _build_duties(settings: WorkerSettings, supabase: Connected) -> list[Duty]:
    verbs, files = supabase
    return [
        Duty(600, partial(announce_model, verbs, settings)),
        Duty(600, partial(sweep_unclaimed, verbs, files)),
        Duty(15, partial(count_tasks, verbs)),
    ]


async def work(settings: WorkerSettings, stop: asyncio.Event) -> None:
    """Runs one worker until `stop` is set, then drains it."""
    async with AsyncExitStack() as ending:
        supabase = await ending.enter_async_context(connect(settings))
        model_of = _build_model_of(settings, supabase.verbs, ending)
        readers = Readers(
            Limits(seconds=settings.parse_seconds, memory_bytes=settings.parse_memory_bytes)
        )
        ending.push_async_callback(readers.close)
        if settings.worker_metrics_port is not None:
            start_http_server(settings.worker_metrics_port)
        worker = Worker(
            verbs=supabase.verbs,
            handlers=_build_handlers(settings, supabase, readers, model_of),
            lanes=_build_lanes(settings),
            duties=_build_duties(settings, supabase),
            pace=Pace(
                lease=settings.lease_seconds,
                poll=settings.poll_seconds,
                drain=settings.worker_drain_seconds,
            ),
        )
        await worker.run(stop)


async def main(settings: WorkerSettings) -> None:
    """`work` until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    # What waits for the processor waits in a line: many threads would take turns with the loop,
    # and all be late.
    loop.set_default_executor(ThreadPoolExecutor(2))
    gc.set_threshold(20_000, 20, 50)  # by default after every 700, which is many times a document
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    await work(settings, stop)
