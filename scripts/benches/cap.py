"""`scripts/bench cap`: random runs against money caps, and estimates beside the ledger.

In a run 32 tasks at a time make calls that cost up to their worst case, are never settled because
their worker died, or are settled late, under caps of job and project. A run that passes its cap by
anything, or whose counts differ from its ledger, is red. Estimates are made after a sample of the
documents, for models that count a token a letter, a token a word, and tokens of Thai; the sample is
of the shortest documents or of longer ones.
"""

import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from scripts.benches import report, workload
from scripts.rig.cap_run import TASKS, CapRun
from scripts.rig.made_text import ENGLISH, THAI, make_text
from service.parsing.models import Parsed

NEAR = 0.1  # of what the ledger says afterwards
ESTIMATED = ("input_tokens", "output_tokens", "cost_micros")
PAPERS = 8
VARIABLES = 8
AT_A_TIME = 16
SAMPLES = {"the shortest": slice(3), "longer ones": slice(5, 8)}


def count_words(text: str) -> int:
    """A token a word."""
    return len(text.split())


def count_thai_tokens(text: str) -> int:
    """Two tokens for three letters, and a few for the message."""
    return len(text) * 2 // 3 + 7


class Reader(NamedTuple):
    """Documents of one language, and how a model counts its tokens."""

    words: list[str]
    count: Callable[[str], int]


READERS = {
    "a token a letter": Reader(ENGLISH, len),
    "a token a word": Reader(ENGLISH, count_words),
    "Thai": Reader(THAI, count_thai_tokens),
}


@dataclass
class Tally:
    """How many runs of a kind kept their bound, and what was wrong with the others."""

    kept: int = 0
    broken: int = 0
    seconds: float = 0
    faults: list[str] = field(default_factory=list)

    def add(self, name: str, faults: list[str]) -> None:
        """Counts a run."""
        if faults:
            self.broken += 1
            self.faults += [f"{name}: {fault}" for fault in faults]
        else:
            self.kept += 1

    @property
    def holds(self) -> bool:
        return self.kept > 0 and self.broken == 0

    def figures(self) -> dict[str, float]:
        return {"kept": self.kept, "passed over": self.broken, "seconds": round(self.seconds, 1)}


def measure_caps(bench: workload.Workload, runs: int) -> Tally:
    """Random runs, each in a project of its own."""
    papers = [workload.made_document(number, 1) for number in range(TASKS)]
    tally = Tally()
    started = time.perf_counter()
    for seed in range(runs):
        run = CapRun(
            owner=bench.owner,
            service_role=bench.service_role,
            project_id=bench.make_project(papers, 1, TASKS),
            db=bench.db,
            claim=lambda count: _claim_tasks(bench, count),
            seed=seed,
        )
        tally.add(f"run {seed}", run.play())
        _drop_tasks(bench, run.project_id)
    tally.seconds = time.perf_counter() - started
    return tally


def _claim_tasks(bench: workload.Workload, count: int) -> list[dict[str, Any]]:
    tasks: list[dict[str, Any]] = bench.service_role.call(
        "claim_tasks", worker="bench", kinds=["extract"], limit=count
    )
    return tasks


def _drop_tasks(bench: workload.Workload, project: str) -> None:
    """What a run left in the queue is not the work of the next one."""
    bench.db.execute("delete from private.tasks where project_id = %s", [project])
    bench.db.commit()


def measure_estimates(bench: workload.Workload) -> Tally:
    """An estimate for each way of counting tokens and each sample."""
    tally = Tally()
    started = time.perf_counter()
    for reader_name, reader in READERS.items():
        with workload.running_model(count=reader.count) as model:
            worker = bench.start_worker(model.base_url, AT_A_TIME)
            for sample_name, sample in SAMPLES.items():
                faults = _estimate_faults(bench, reader, sample)
                tally.add(f"{reader_name}, {sample_name}", faults)
            worker.terminate()
            worker.wait()
    tally.seconds = time.perf_counter() - started
    return tally


def _estimate_faults(bench: workload.Workload, reader: Reader, sample: slice) -> list[str]:
    project = bench.make_project(_papers_of(reader), VARIABLES)
    documents = bench.owner.rows("documents", order="created_at", project_id=f"eq.{project}")
    sampled = [document["id"] for document in documents[sample]]
    bench.run_job(project, kind="sample", documents=sampled)
    [estimate] = bench.owner.call("estimate_job", project=project)
    job = bench.run_job(project)
    faults = []
    if estimate["calls"] != job["model_calls"]:
        faults.append(f"{estimate['calls']} calls were estimated, {job['model_calls']} made")
    for name in ESTIMATED:
        if abs(estimate[name] - job[name]) > NEAR * job[name]:
            faults.append(f"{name} were estimated as {estimate[name]} and became {job[name]}")
    return faults


def _papers_of(reader: Reader) -> list[Parsed]:
    """Documents of which each is longer than the one before."""
    dice = random.Random(1)
    papers = []
    for number in range(PAPERS):
        filler = make_text(dice, reader.words, 200 + 150 * number)
        papers.append(workload.made_document(number, VARIABLES, filler))
    return papers


def main(argv: list[str]) -> int:
    """0 if nothing overshot and every estimate was near."""
    parser = report.make_parser("cap", __doc__)
    parser.add_argument("--runs", type=int, default=200)
    asked = parser.parse_args(argv)
    with workload.running_workload() as bench:
        tallies = {
            "caps": measure_caps(bench, asked.runs),
            "estimates within a tenth": measure_estimates(bench),
        }
    figures = {name: tally.figures() for name, tally in tallies.items()}
    rows = [
        [name, tally.kept, tally.broken, f"{tally.seconds:.1f}"] for name, tally in tallies.items()
    ]
    head = ["runs", "kept", "passed over", "seconds"]
    report.publish("Money", head, rows, figures, asked.json)
    for tally in tallies.values():
        for fault in tally.faults:
            print(fault)
    return 0 if all(tally.holds for tally in tallies.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
