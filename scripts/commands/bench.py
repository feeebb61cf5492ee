"""`scripts/bench NAME [arguments]`: runs scripts/benches/NAME.py with the rest of the arguments."""

import argparse
import importlib
import pkgutil
import sys

from scripts import benches

# Modules beside the benches that are no bench.
HELPERS = {"corpus", "parse_against", "parse_side", "report", "workload"}


def list_benches() -> list[str]:
    """Names of the benches."""
    modules = pkgutil.iter_modules(benches.__path__)
    return sorted(module.name for module in modules if module.name not in HELPERS)


def main(argv: list[str]) -> int:
    """The exit code of the bench that is named first; without a name the benches are listed."""
    names = list_benches()
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("name", nargs="?", choices=names, metavar="NAME", help=", ".join(names))
    arguments = "of the bench: scripts/bench NAME --help"
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help=arguments)
    asked = parser.parse_args(argv)
    if asked.name is None:
        print("Benches: " + ", ".join(names))
        return 0
    code: int = importlib.import_module(f"scripts.benches.{asked.name}").main(asked.arguments)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
