"""The sweep: objects that no document claims any more are removed, then their rows."""

from service import log
from service.worker import files
from service.worker.tasks import Task, Tools


async def run(tools: Tools, task: Task) -> None:
    """Removes the objects of a deleted document, then lets its rows go."""
    await files.remove(tools, task.payload["bucket"], task.payload["paths"])
    await tools.verbs.on(task, "finish_sweep")


async def sweep_orphans(tools: Tools) -> int:
    """Removes uploads that were never registered; how many."""
    orphans: list[str] = await tools.verbs.call("orphan_objects", limit=500)
    if orphans:
        await files.remove(tools, "documents", orphans)
        log.get().info("sweep.orphans", objects=len(orphans))
    return len(orphans)
