"""The sweep: objects that no document claims any more are removed, then their rows."""

from service.log import logger
from service.worker.tasks import Task, Tools


async def run(tools: Tools, task: Task) -> None:
    """Removes the objects of a deleted document, then lets its rows go."""
    await tools.client.storage.from_(task.payload["bucket"]).remove(task.payload["paths"])
    await tools.verbs.on(task, "finish_sweep")


async def sweep_orphans(tools: Tools) -> None:
    """Removes uploads that were never registered."""
    orphans: list[str] = await tools.verbs.call("orphan_objects", limit=500)
    if orphans:
        await tools.client.storage.from_("documents").remove(orphans)
        logger.info("sweep.orphans", objects=len(orphans))
