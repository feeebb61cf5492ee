"""`scripts/bench NAME`: runs scripts/benches/NAME.py with the rest of the arguments."""

import importlib
import pkgutil
import sys

from scripts import benches

HELPERS = {"corpus", "parse_against", "parse_side", "report", "workload"}


def main(argv: list[str]) -> int:
    """Runs the bench named first; lists them when there is none of that name."""
    names = sorted(m.name for m in pkgutil.iter_modules(benches.__path__) if m.name not in HELPERS)
    if not argv or argv[0] not in names:
        print("Benches: " + ", ".join(names))
        return 0 if not argv else 2
    code: int = importlib.import_module(f"scripts.benches.{argv[0]}").main(argv[1:])
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
