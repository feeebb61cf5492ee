"""`scripts/bench cap`: random runs against money caps, and estimates beside the ledger.

The runs are those of the tests, many more of them: 32 tasks at a time whose calls cost up to their worst case, are
never settled because their worker died, or settle late, under caps of job and project. A run that passes its cap by
anything, or whose counts differ from its ledger, is red. The estimates: a token a letter, a token a word, and Thai.
"""

import os
import re
import subprocess
import sys
import time

from scripts.benches import report
from scripts.commands.stack import ROOT

_WHAT = {
    "caps": ["tests/database/test_caps.py", "-k", "is_never_passed"],
    "estimates within a tenth": ["tests/service/test_estimates.py", "-k", "within_a_tenth"],
}


def measure(name: str, runs: int) -> dict[str, float]:
    """How many runs of a kind kept their bound, and how many did not."""
    environment = os.environ | {"DOSSIER_TEST_CAP_RUNS": str(runs), "PYTHONPATH": str(ROOT)}
    started = time.perf_counter()
    command = [sys.executable, "-P", "-m", "pytest", "-q", *_WHAT[name]]
    said = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    ).stdout
    counts = {word: int(count) for count, word in re.findall(r"(\d+) (passed|failed|error)", said)}
    wrong = counts.get("failed", 0) + counts.get("error", 0)
    return {
        "kept": counts.get("passed", 0),
        "passed over": wrong,
        "seconds": round(time.perf_counter() - started, 1),
    }


def main(argv: list[str]) -> int:
    """0 where nothing overshot and every estimate was near."""
    parser = report.make_parser("cap", __doc__)
    parser.add_argument("--runs", type=int, default=200)
    asked = parser.parse_args(argv)
    told = {name: measure(name, asked.runs) for name in _WHAT}
    rows = [[name, of["kept"], of["passed over"], str(of["seconds"])] for name, of in told.items()]
    report.publish("Money", ["runs", "kept", "passed over", "seconds"], rows, told, asked.json)
    return 0 if all(of["kept"] and not of["passed over"] for of in told.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
