"""Builds a worker from settings and runs it until a signal: the only place that knows every capability."""

import asyncio
import gc
import signal
import tempfile
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from prometheus_client import start_http_server

from service import connections, metrics
from service.documents import import_task as imports
from service.documents import sweep_task as documents
from service.exports import export_task as exports
from service.extraction import extract_task as extraction
from service.extraction import prompt
from service.extraction.model_asker import ModelAsker
from service.extraction.models import Context
from service.extraction.pipeline import Asker
from service.model.sizes import sent_bytes
from service.offline.extractor import OfflineModel
from service.parsing import parse_task as parsing
from service.parsing.child import Readers
from service.parsing.models import Limits, Parsed
from service.queue.loop import Worker
from service.queue.task import Task
from service.queue.verbs import Verbs
from service.settings import WorkerSettings
from service.suggestions import suggest_task as suggestions
from service.worker_tools import Tools
from supabase import AsyncClientOptions, acreate_client

HANDLERS = {
    "parse": parsing.run,
    "extract": extraction.run,
    "export": exports.run,
    "sweep": documents.run,
    "import": imports.run,
    "suggest": suggestions.suggest,
    "refine": suggestions.compare,
}


@asynccontextmanager
async def tools(settings: WorkerSettings) -> AsyncIterator[Tools]:
    """Clients, spool and counters of one worker; the spool is gone afterwards."""
    url, key = settings.supabase_url, settings.supabase_secret_key.get_secret_value()
    readers = Readers(
        Limits(seconds=settings.parse_seconds, memory_bytes=settings.parse_memory_bytes)
    )
    async with AsyncExitStack() as ending:
        spool = ending.enter_context(
            tempfile.TemporaryDirectory(dir=settings.spool_dir, prefix="dossier-")
        )
        http = await ending.enter_async_context(connections.pool(url, key))
        options = AsyncClientOptions(
            auto_refresh_token=False, persist_session=False, httpx_client=http
        )
        client = await acreate_client(url, key, options)
        verbs = Verbs(client)
        asker = _asker(settings, verbs, ending)
        ending.push_async_callback(readers.close)
        yield Tools(settings, verbs, client, http, Path(spool), asker, readers)


def _asker(
    settings: WorkerSettings, verbs: Verbs, ending: AsyncExitStack
) -> Callable[[Task, str], Asker]:
    if settings.model_api_key is None:
        return lambda *_: OfflineModel()
    from service.model.client import ModelClient, TaskModel  # its SDK takes seconds to load

    client = ModelClient(settings, settings.model_api_key)
    ending.push_async_callback(client.sdk.close)
    return lambda task, request_id: ModelAsker(TaskModel(client, verbs, task, request_id))


async def _announce(kit: Tools) -> None:
    plan, empty = kit.settings, prompt.messages(Context(), [], Parsed((), ()))
    name = "offline" if plan.model_api_key is None else plan.model_name
    price = {"input_price": plan.model_input_price, "output_price": plan.model_output_price}
    size = {
        "context_tokens": plan.model_context_tokens,
        "output_tokens": plan.model_max_output_tokens,
    }
    size |= {"prompt_bytes": sent_bytes(empty), "concurrency": plan.concurrency}
    await kit.verbs.call("announce_model", model=name, **price, **size)


async def _count_queue(kit: Tools) -> None:
    rows = await kit.verbs.call("queue_depth")
    metrics.QUEUE.clear()
    for row in rows:
        metrics.QUEUE.labels(row["kind"], row["state"]).set(row["tasks"])


async def work(settings: WorkerSettings, stop: asyncio.Event) -> None:
    """Runs one worker until `stop` is set, then drains it."""
    # Twice as many documents are held as calls are made at once: no call waits for one that is read, judged or stored.
    lanes = {
        ("extract",): 2 * settings.concurrency,
        ("parse",): settings.parse_processes,
        ("suggest", "refine"): 8,
    }
    lanes[("export", "sweep", "import")] = 4
    async with tools(settings) as kit:
        if settings.worker_metrics_port is not None:
            start_http_server(settings.worker_metrics_port)
        duties = (600, _announce), (600, documents.sweep_unclaimed), (15, _count_queue)
        await Worker(kit, HANDLERS, lanes, duties).run(stop)


async def main(settings: WorkerSettings) -> None:
    """`work` until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    # What waits for the processor waits in a line: many threads would take turns with the loop, and all be late.
    loop.set_default_executor(ThreadPoolExecutor(2))
    gc.set_threshold(20_000, 20, 50)  # by default after every 700, which is many times a document
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    await work(settings, stop)
