"""`python -m scripts.samples`: write the samples, or `--check` that they are as made."""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from scripts.samples import OFFICE_SAMPLES, SAMPLES, catalogue, office

MakeFiles = Callable[[], Iterator[tuple[str, bytes]]]
MAKERS: dict[Path, MakeFiles] = {SAMPLES: catalogue.make_files, OFFICE_SAMPLES: office.make_files}


def write_samples(folder: Path, make_files: MakeFiles) -> int:
    """Write every file and remove what is no longer made; answers with the number of files."""
    folder.mkdir(parents=True, exist_ok=True)
    made = dict(make_files())
    for name, content in made.items():
        (folder / name).write_bytes(content)
    for path in list(folder.iterdir()):
        if path.name not in made:
            path.unlink()
    return len(made)


def find_differences(folder: Path, make_files: MakeFiles) -> list[str]:
    """Names of the files that differ from what is made afresh, that lack or that are too many."""
    with tempfile.TemporaryDirectory() as fresh:
        write_samples(Path(fresh), make_files)
        made = _read_folder(Path(fresh))
    kept = _read_folder(folder)
    return sorted(name for name in made | kept if made.get(name) != kept.get(name))


def _read_folder(folder: Path) -> dict[str, bytes]:
    if not folder.is_dir():
        return {}
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def main() -> int:
    """0, or with --check 1 if a file is not as made."""
    parser = argparse.ArgumentParser(prog="python -m scripts.samples", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    if not parser.parse_args().check:
        written = [write_samples(folder, make_files) for folder, make_files in MAKERS.items()]
        print(f"{sum(written)} files written")
        return 0
    different: list[str] = []
    for folder, make_files in MAKERS.items():
        different += find_differences(folder, make_files)
    if not different:
        print("all files are as made")
        return 0
    print("\n".join(["these files are not as made:", *different]))
    return 1


if __name__ == "__main__":
    sys.exit(main())
