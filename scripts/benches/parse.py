"""`scripts/bench parse`: pages a second with words and zones, beside libraries that give words alone.

Born-digital PDFs of the corpora, each way in turn on every document; the best of `--repeats` counts, in CPU seconds, so
that a busy machine does not judge. What a worker process holds and what two of them do at once is measured apart.
"""

import io
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pymupdf
import pypdfium2

from scripts.benches import report
from scripts.samples import SAMPLES
from service.parsing import parse
from service.parsing.models import Unreadable

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = (
    SAMPLES,
    *(ROOT.parent / "shared/corpus" / name for name in ("fields", "layout")),
)
RATIO, PAGES_A_SECOND, MEGABYTES = 0.6, 300, 150
_MOST_PAGES = 200  # of one document: a book would outweigh all letters


def _words(data: bytes) -> None:
    with pymupdf.open(stream=data, filetype="pdf") as document:
        for page in document:
            page.get_text("words")


def _service(data: bytes) -> None:
    parse.parse_bytes(data, "application/pdf")


def _pdfium(data: bytes) -> None:
    """Text of each page: a box a word would be slower still."""
    document = pypdfium2.PdfDocument(data)
    for page in document:
        page.get_textpage().get_text_bounded()
    document.close()


def _plumber(data: bytes) -> None:
    import pdfplumber  # here, so that no worker holds it

    with pdfplumber.open(io.BytesIO(data)) as document:
        for page in document.pages:
            page.extract_words()


WAYS: dict[str, Callable[[bytes], None]] = {
    "PyMuPDF, words alone": _words,
    "service, words and zones": _service,
    "pypdfium2, text alone": _pdfium,
    "pdfplumber, words alone": _plumber,
}


def papers() -> Iterator[tuple[bytes, int]]:
    """Born-digital documents that both read: bytes and pages."""
    for path in sorted(
        path for folder in FOLDERS if folder.is_dir() for path in folder.rglob("*.pdf")
    ):
        try:
            parsed = parse.parse_bytes(path, "application/pdf")
        except Unreadable:
            continue
        if not parsed.unread_pages and len(parsed.pages) <= _MOST_PAGES:
            yield path.read_bytes(), len(parsed.pages)


def seconds(way: Callable[[bytes], None], data: bytes, repeats: int) -> float:
    """The least CPU time of `repeats` runs."""
    found = []
    for _ in range(repeats):
        began = time.process_time()
        way(data)
        found.append(time.process_time() - began)
    return min(found)


def measure(repeats: int) -> dict[str, dict[str, float]]:
    """By way: pages a CPU second, against bare words over all pages, and at the median document."""
    held = list(papers())
    pages = sum(count for _, count in held)
    taken = {name: [seconds(way, data, repeats) for data, _ in held] for name, way in WAYS.items()}
    bare = taken["PyMuPDF, words alone"]
    return {
        name: {
            "documents": len(held),
            "pages": pages,
            "pages_a_cpu_second": pages / sum(own),
            "of_words": sum(bare) / sum(own),
            "of_words_at_the_median": statistics.median(
                one / other for one, other in zip(bare, own, strict=True)
            ),
        }
        for name, own in taken.items()
    }


def _whole_worker() -> dict[str, float]:
    """One process over all documents: pages, seconds on the clock, peak memory."""
    pages, taken = 0, 0.0
    for data, count in papers():
        began = time.perf_counter()
        _service(data)
        taken += time.perf_counter() - began
        pages += count
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"pages": pages, "seconds": taken, "megabytes": peak}


def workers(count: int) -> dict[str, float]:
    """`count` processes at once: pages a second of all, and the most memory that one held."""
    command = [sys.executable, "-P", "-m", "scripts.benches.parse", "worker"]

    def one(_: int) -> dict[str, float]:
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
        told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return told

    with ThreadPoolExecutor(count) as pool:
        told = list(pool.map(one, range(count)))
    rate = sum(each["pages"] / each["seconds"] for each in told)
    return {"pages_a_second": rate, "megabytes": max(each["megabytes"] for each in told)}


def main(argv: list[str]) -> int:
    """0 where zones cost no more than they may."""
    if argv[:1] == ["worker"]:
        print(json.dumps(_whole_worker()))
        return 0
    parser = report.make_parser("parse", __doc__)
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args(argv)
    figures, two = measure(asked.repeats), workers(2)
    rows = [
        [
            name,
            f"{f['pages_a_cpu_second']:.0f}",
            f"{f['of_words']:.2f}",
            f"{f['of_words_at_the_median']:.2f}",
        ]
        for name, f in figures.items()
    ]
    rows.append(
        [
            "two workers at once",
            f"{two['pages_a_second']:.0f}",
            f"peak {two['megabytes']:.0f} MB",
            "",
        ]
    )
    any_way = next(iter(figures.values()))
    title = f"Parsing {any_way['pages']:.0f} pages of {any_way['documents']:.0f} born-digital PDFs"
    head = ["read by", "pages a CPU second", "of bare words", "at the median document"]
    report.publish(title, head, rows, {"ways": figures, "two_workers": two}, asked.json)
    ours = figures["service, words and zones"]
    kept = (
        ours["of_words"] >= RATIO
        and two["megabytes"] <= MEGABYTES
        and two["pages_a_second"] >= PAGES_A_SECOND
    )
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
