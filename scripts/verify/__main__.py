"""`scripts/verify_export FILE DOCUMENTS_DIR`: checks an export against the documents, without Dossier's database.

Reads the export (CSV, JSON, JSONL or XLSX, written with evidence) and the originals, found by name, and looks for every
quote on its page and for its words in its box. Prints a table; ends with 1 where a value that says verified is not
found, with 2 where there is nothing to check.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table

from scripts.verify import claims, pages

SHOWN = 50


def check(file: Path, folder: Path) -> list[tuple[claims.Claim, str]]:
    """Each claim with what is wrong with it. Raises `Unusable`."""
    found = pages.find(folder)
    documents = {name: pages.Document(path) for name, path in found.items()}
    checked = []
    for claim in claims.read(file):
        if claim.quote or claim.verified:
            document = documents.get(claim.document)
            checked.append(
                (claim, document.fault(claim) if document else "document not in the folder")
            )
    return checked


def main(argv: list[str]) -> int:
    """0 where every verified value is printed where the export says."""
    parser = argparse.ArgumentParser(prog="scripts/verify_export", description=__doc__)
    parser.add_argument("file", type=Path, help="an export with evidence")
    parser.add_argument("documents", type=Path, help="folder of the original documents, by name")
    asked = parser.parse_args(argv)
    try:
        checked = check(asked.file, asked.documents)
    except (claims.Unusable, OSError, ValueError, KeyError) as error:
        print(f"Cannot check {asked.file}: {error}", file=sys.stderr)
        return 2
    console = Console(soft_wrap=True)
    counts = Counter((claim.verified, fault) for claim, fault in checked)
    table = Table(
        "the export says",
        "the document says",
        "values",
        title=f"{asked.file.name}: {len(checked)} quotes",
    )
    for (verified, fault), count in sorted(counts.items()):
        table.add_row(
            "verified" if verified else "not verified", fault or "printed there", str(count)
        )
    console.print(table)
    wrong = [(claim, fault) for claim, fault in checked if claim.verified and fault]
    for claim, fault in wrong[:SHOWN]:
        console.print(
            f"{claim.document} row {claim.row} {claim.variable}, page {claim.page}: {fault}: {claim.quote!r}",
            markup=False,
        )
    if not checked:
        print("The export holds no quote.", file=sys.stderr)
    return 2 if not checked else 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
