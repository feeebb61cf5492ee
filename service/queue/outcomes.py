"""The ways a task ends that are not success. The loop tells the database of each by its verb."""

from datetime import datetime


class TaskEnded(Exception):
    """The task ends without success; `verb` is how the database hears of it."""

    def __init__(self, outcome: str, verb: str, **arguments: str) -> None:
        super().__init__(outcome, arguments)
        self.outcome, self.verb, self.arguments = outcome, verb, arguments


class TaskFailed(TaskEnded):
    """This task can not succeed, now or later: it is dead, with a code that people will read."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__("failed", "fail_task", code=code, detail=detail)
        self.code = code


class CapReached(TaskFailed):
    """No money is left for a call: of the job (cap_reached) or of the project (project_cap_reached)."""


class TaskDeferred(TaskEnded):
    """Not now: give the task back, due at `until`, without using up an attempt."""

    def __init__(self, until: datetime) -> None:
        super().__init__("deferred", "defer_task", until=until.isoformat())


class LeaseLost(Exception):
    """Another holds the task now, or it was cancelled: drop the result."""
