"""The ways a task ends that are not success. The loop tells the database of each by its verb."""

from datetime import datetime
from typing import ClassVar


class TaskEnded(Exception):
    """The task ends without success.

    `outcome` is its word in logs and metrics; `verb` tells the database.
    """

    outcome: ClassVar[str]
    verb: ClassVar[str]

    @property
    def arguments(self) -> dict[str, str]:
        """What the verb is told beside the task."""
        return {}


class TaskFailed(TaskEnded):
    """The task can not succeed, now or later: it is dead, with a code and a sentence for people.

    An expected fault is a class of its own, with both on it. Where others chose them, they are
    given.
    """

    outcome = "failed"
    verb = "fail_task"
    code: str = "internal"
    detail: str = ""

    def __init__(self, *, code: str = "", detail: str = "") -> None:
        self.code = code or self.code
        self.detail = detail or self.detail
        super().__init__(f"{self.code}: {self.detail}")

    @property
    def arguments(self) -> dict[str, str]:
        """As `TaskEnded`."""
        return {"code": self.code, "detail": self.detail}


class TaskCrashed(TaskFailed):
    """A fault of ours. What it says may hold text of a document, so people read its name alone."""

    def __init__(self, fault: Exception) -> None:
        super().__init__(detail=f"{type(fault).__name__}: see the worker's log.")


class TaskDeferred(TaskEnded):
    """Not now: the task is given back, due at `until`, without using up an attempt."""

    outcome = "deferred"
    verb = "defer_task"

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until

    @property
    def arguments(self) -> dict[str, str]:
        """As `TaskEnded`."""
        return {"until": self.until.isoformat()}


class LeaseLost(Exception):
    """Another holds the task now, or it was cancelled: drop the result."""
