"""The reading child: takes a request a line from stdin and answers each with a line on stdout.

Both are JSON. `child` starts it, with its limits as the one argument.
"""

import json
import resource
import signal
import sys
from pathlib import Path
from typing import Any

from service.parsing import parse, table, wire
from service.parsing.models import Limits, Unreadable

_ALARM_DELAY = 2  # seconds behind the parent's own limit; ends a child whose parent is gone


def main() -> None:
    """Answers until stdin ends, in no more memory than the limits allow; writes to no file."""
    limits = Limits(**json.loads(sys.argv[1]))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin:
        signal.alarm(int(limits.seconds) + _ALARM_DELAY)
        answer = _answer(limits, *json.loads(line))
        signal.alarm(0)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _answer(limits: Limits, path: str, media_type: str, *window: Any) -> dict[str, Any]:
    """The document; the rows of a table where a window of it is asked for; or the refusal."""
    try:
        if window:
            return {"rows": table.read_rows(Path(path), media_type, *window)}
        return wire.to_rows(parse.parse_bytes(Path(path), media_type, limits))
    except Unreadable as error:
        return {"code": error.code, "detail": error.detail}
    except MemoryError:
        detail = "The document needs more memory than it may have."
        return {"code": "out_of_memory", "detail": detail}


if __name__ == "__main__":
    main()
