"""`python -m scripts.samples`: write the samples, or `--check` that they are as made."""

import argparse
import sys
import tempfile
from pathlib import Path

from scripts.samples import OFFICE_SAMPLES, SAMPLES, catalogue, office

MAKERS = {SAMPLES.name: catalogue.files, OFFICE_SAMPLES.name: office.files}


def write(folder: Path, maker: str = SAMPLES.name) -> int:
    """Write every file and remove what is no longer made; answers with the number of files."""
    folder.mkdir(parents=True, exist_ok=True)
    made = dict(MAKERS[maker]())
    for name, content in made.items():
        (folder / name).write_bytes(content)
    for stray in sorted(path for path in folder.iterdir() if path.name not in made):
        stray.unlink()
    return len(made)


def differences(folder: Path, maker: str = SAMPLES.name) -> list[str]:
    """Names of the files that differ from what is made afresh, that lack or that are too many."""
    with tempfile.TemporaryDirectory() as fresh:
        write(Path(fresh), maker)
        made = {path.name: path.read_bytes() for path in Path(fresh).iterdir()}
    kept = {path.name: path.read_bytes() for path in folder.iterdir()} if folder.is_dir() else {}
    return sorted(name for name in made | kept if made.get(name) != kept.get(name))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.samples", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    if not parser.parse_args().check:
        print(f"{write(SAMPLES) + write(OFFICE_SAMPLES, OFFICE_SAMPLES.name)} files written")
        return 0
    odd = differences(SAMPLES) + differences(OFFICE_SAMPLES, OFFICE_SAMPLES.name)
    print("\n".join(["these files are not as made:", *odd]) if odd else "all files are as made")
    return 1 if odd else 0


if __name__ == "__main__":
    sys.exit(main())
