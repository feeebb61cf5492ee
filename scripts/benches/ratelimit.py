"""`scripts/bench ratelimit`: a provider that allows so many calls a second and refuses the others with a 429.

The project may ask 32 at a time, many more than the provider bears. No document may use up a try, and the run may take
little longer than the limit makes any run take.
"""

import sys
import time
from typing import Any

from scripts.benches import report, workload

SHARE = 0.85


def measure(documents: int, per_second: float, latency: float) -> dict[str, Any]:
    """One run against the limit."""
    with (
        workload.workload() as bench,
        workload.model(latency=latency, per_second=per_second) as (base_url, seen),
    ):
        project = bench.project([workload.page(number, 5) for number in range(documents)], 5)
        bench.worker(base_url, 32)
        started = time.perf_counter()
        job = bench.ended(bench.start(project))
        seconds = time.perf_counter() - started
        tries = bench.one("select max(attempts) from private.tasks where job_id = %s", job["id"])
        statuses = seen()[0]
    refused = statuses.get(429, 0)
    return {
        "state": job["state"],
        "documents done": job["documents_done"],
        "tries used up": tries,
        "refused": report.share(refused, refused + statuses[200]),
        "seconds": round(seconds),
        "seconds that the limit takes": round(documents / per_second),
        "share of the limit": documents / per_second / seconds,
    }


def main(argv: list[str]) -> int:
    """0 where no document used up a try and the limit was nearly reached."""
    parser = report.options("ratelimit", __doc__)
    parser.add_argument("--documents", type=int, default=400)
    parser.add_argument("--per-second", type=float, default=10)
    parser.add_argument("--latency", type=float, default=1)
    asked = parser.parse_args(argv)
    told = measure(asked.documents, asked.per_second, asked.latency)
    report.publish("A rate limit", ["what", "figure"], list(told.items()), told, asked.json)
    whole = (told["state"], told["documents done"], told["tries used up"]) == (
        "completed",
        asked.documents,
        0,
    )
    return 0 if whole and told["share of the limit"] >= SHARE else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
