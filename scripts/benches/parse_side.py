"""One side of `scripts/bench parse --against`: reads documents with the code of one commit.

Takes a path a line, answers each with its CPU seconds and a hash of what was read. Imports nothing
but what every commit has: its parser.
"""

import hashlib
import json
import sys
import time
from pathlib import Path

from service.parsing.models import Parsed, Unreadable
from service.parsing.parse import parse_bytes


def main() -> None:
    """Answers until stdin ends."""
    for line in sys.stdin:
        data = Path(json.loads(line)).read_bytes()
        result: Parsed | Unreadable
        began = time.process_time()
        try:
            result = parse_bytes(data, "application/pdf")
        except Unreadable as error:
            result = error
        seconds = time.process_time() - began
        digest = hashlib.sha256(repr(result).encode("utf-8", "surrogatepass")).hexdigest()
        print(json.dumps({"seconds": seconds, "digest": digest}), flush=True)


if __name__ == "__main__":
    main()
