"""Sweeps: objects that no row claims any more are removed, then their rows."""

from service.log import logger
from service.queue.task import Task
from service.worker_tools import Tools


async def run(tools: Tools, task: Task) -> None:
    """Removes the objects of a deleted document, then lets its rows go."""
    await tools.client.storage.from_(task.payload["bucket"]).remove(task.payload["paths"])
    await tools.verbs.on(task, "finish_sweep")


async def sweep_unclaimed(tools: Tools) -> None:
    """Removes uploads that were never registered and exports that expired, whose rows the next time removes."""
    for bucket, verb in (("documents", "orphan_objects"), ("exports", "sweep_exports")):
        if paths := await tools.verbs.call(verb, limit=500):
            await tools.client.storage.from_(bucket).remove(paths)
            logger.info("sweep.objects", bucket=bucket, objects=len(paths))
