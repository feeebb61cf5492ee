"""What a fault of the model means for the task that asked it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from service.model.faults import CallLimitReached, CapReached, ModelError, NotNow
from service.queue.outcomes import TaskDeferred, TaskFailed


@contextmanager
def faults_end_the_task() -> Iterator[None]:
    """Around the work of a task: what the model or its ledger raises is how the task ends."""
    try:
        yield
    except NotNow as later:
        raise TaskDeferred(later.until) from later
    except CallLimitReached as limit:
        # Claims know when the project may call again: until then the task is not handed out.
        raise TaskDeferred(datetime.now(UTC)) from limit
    except CapReached as cap:
        raise TaskFailed(code=cap.code) from cap
    except ModelError as error:
        raise TaskFailed(code=error.code, detail=error.detail) from error
