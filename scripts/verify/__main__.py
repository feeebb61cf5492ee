"""`scripts/verify_export FILE DOCUMENTS_DIR`: checks an export against the documents alone.

Reads the export (CSV, JSON, JSONL or XLSX, written with evidence) and the originals, found by name.
Looks for every quote on its page and for its words in its box, without Dossier's database. Prints a
table; ends with 1 if a value that says verified is not found, with 2 if there is nothing to check.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from scripts.verify import claims, pages

SHOWN_FAULTS = 50
# Exit codes.
FAULT_FOUND = 1
NOTHING_TO_CHECK = 2


class Checked(NamedTuple):
    """A claim, and what is wrong with it; empty when nothing is."""

    claim: claims.Claim
    fault: str


def check_export(file: Path, folder: Path) -> list[Checked]:
    """Each claim of an export with what is wrong with it. Raises `Unusable`."""
    found = pages.find_documents(folder)
    documents = {name: pages.Document(path) for name, path in found.items()}
    checked = []
    for claim in claims.read_claims(file):
        if not claim.quote and not claim.verified:
            continue
        fault = "document not in the folder"
        if claim.document in documents:
            fault = documents[claim.document].fault_of(claim)
        checked.append(Checked(claim, fault))
    return checked


def main(argv: list[str]) -> int:
    """0 if every verified value is printed where the export says."""
    parser = argparse.ArgumentParser(prog="scripts/verify_export", description=__doc__)
    parser.add_argument("file", type=Path, help="an export with evidence")
    parser.add_argument("documents", type=Path, help="folder of the original documents, by name")
    asked = parser.parse_args(argv)
    try:
        checked = check_export(asked.file, asked.documents)
    except (claims.Unusable, OSError, ValueError, KeyError) as error:
        print(f"Cannot check {asked.file}: {error}", file=sys.stderr)
        return NOTHING_TO_CHECK
    console = Console(soft_wrap=True)
    console.print(_table_of(asked.file, checked))
    wrong = [each for each in checked if each.claim.verified and each.fault]
    for claim, fault in wrong[:SHOWN_FAULTS]:
        place = f"{claim.document} row {claim.row} {claim.variable}, page {claim.page}"
        console.print(f"{place}: {fault}: {claim.quote!r}", markup=False)
    if not checked:
        print("The export holds no quote.", file=sys.stderr)
        return NOTHING_TO_CHECK
    return FAULT_FOUND if wrong else 0


def _table_of(file: Path, checked: list[Checked]) -> Table:
    title = f"{file.name}: {len(checked)} quotes"
    table = Table("the export says", "the document says", "values", title=title)
    counts = Counter((claim.verified, fault) for claim, fault in checked)
    for (verified, fault), count in sorted(counts.items()):
        said = "verified" if verified else "not verified"
        table.add_row(said, fault or "printed there", str(count))
    return table


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
