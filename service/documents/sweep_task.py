"""Sweeps: objects that no row claims any more are removed, then their rows."""

from dataclasses import dataclass

from pydantic import BaseModel

from service.log import logger
from service.queue.files import Files
from service.queue.task import Task
from service.queue.verbs import Verbs


class SweepPayload(BaseModel):
    """Which objects a sweep task removes."""

    bucket: str
    paths: list[str]


@dataclass(frozen=True)
class SweepObjects:
    """Removes the objects of a deleted document or project, then lets its rows go."""

    verbs: Verbs
    files: Files

    async def run(self, task: Task) -> None:
        """As `Handler`."""
        asked = SweepPayload.model_validate(task.payload)
        await self.files.remove_objects(asked.bucket, asked.paths)
        await self.verbs.on(task, "finish_sweep")


async def sweep_unclaimed(verbs: Verbs, files: Files) -> None:
    """Removes uploads that were never registered, and exports that expired.

    The row of an export goes the next time, when its object is gone.
    """
    for bucket, verb in (("documents", "orphan_objects"), ("exports", "sweep_exports")):
        paths = await verbs.call(verb, limit=500)
        if paths:
            await files.remove_objects(bucket, paths)
            logger.info("sweep.objects", bucket=bucket, objects=len(paths))
