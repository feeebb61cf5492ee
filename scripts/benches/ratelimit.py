"""`scripts/bench ratelimit`: a provider that allows so many calls a second and refuses the others.

The project may ask 32 at a time, many more than the provider bears. No document may use up a try,
and the run may take little longer than the limit makes any run take.
"""

import sys
import time
from typing import Any

from scripts.benches import report, workload
from scripts.rig.scripted_model import RateLimit

LEAST_SHARE = 0.85
AT_A_TIME = 32
VARIABLES = 5


def measure(documents: int, per_second: float, latency: float) -> dict[str, Any]:
    """One run against the limit."""
    papers = [workload.made_document(number, VARIABLES) for number in range(documents)]
    with (
        workload.running_workload() as bench,
        workload.running_model(latency=latency, rate_limit=RateLimit(per_second)) as model,
    ):
        project = bench.make_project(papers, VARIABLES)
        bench.start_worker(model.base_url, AT_A_TIME)
        started = time.perf_counter()
        job = bench.wait_for_job(bench.start_job(project))
        seconds = time.perf_counter() - started
        tries = bench.fetch_value(
            "select max(attempts) from private.tasks where job_id = %s", job["id"]
        )
        statuses = model.stop().statuses
    return {
        "state": job["state"],
        "documents done": job["documents_done"],
        "tries used up": tries,
        "refused": report.share(statuses[429], statuses[429] + statuses[200]),
        "seconds": round(seconds),
        "seconds that the limit takes": round(documents / per_second),
        "share of the limit": documents / per_second / seconds,
    }


def main(argv: list[str]) -> int:
    """0 if no document used up a try and the limit was nearly reached."""
    parser = report.make_parser("ratelimit", __doc__)
    parser.add_argument("--documents", type=int, default=400)
    parser.add_argument("--per-second", type=float, default=10)
    parser.add_argument("--latency", type=float, default=1)
    asked = parser.parse_args(argv)
    figures = measure(asked.documents, asked.per_second, asked.latency)
    report.publish("A rate limit", ["what", "figure"], list(figures.items()), figures, asked.json)
    is_whole = (
        figures["state"] == "completed"
        and figures["documents done"] == asked.documents
        and figures["tries used up"] == 0
    )
    return 0 if is_whole and figures["share of the limit"] >= LEAST_SHARE else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
