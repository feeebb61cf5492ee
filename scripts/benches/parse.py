"""`scripts/bench parse`: pages a second with words and zones, beside libraries of words alone.

Born-digital PDFs of the samples and, where it stands beside the checkout, of the shared corpus.
Each way reads every document in turn; the best of `--repeats` counts, in CPU seconds, so that a
busy machine does not judge. What a worker process holds, and what two of them do at once, is
measured apart.

`--against REV` compares with an older commit instead, in one run: both read every document in turn.
It fails where today's code has less than `--least` of the older one's pages a CPU second.
"""

import argparse
import io
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pymupdf
import pypdfium2

from scripts.benches import parse_against, report
from scripts.samples import SAMPLES
from service.parsing import parse
from service.parsing.models import Unreadable

ROOT = Path(__file__).resolve().parents[2]
_CORPUS = ROOT.parent / "shared" / "corpus"
FOLDERS = (SAMPLES, _CORPUS / "fields", _CORPUS / "layout")
MOST_PAGES = 200  # of one document: a book would outweigh all letters
# What is promised: the share of PyMuPDF's speed, of two workers pages a second, and of one the most
# that it holds.
LEAST_OF_WORDS = 0.6
LEAST_PAGES_A_SECOND = 300
MOST_MEGABYTES = 150
BARE_WORDS = "PyMuPDF, words alone"
SERVICE = "service, words and zones"


@dataclass(frozen=True)
class Paper:
    """A born-digital document."""

    path: Path
    pages: int


@dataclass(frozen=True)
class Speed:
    """How fast one way reads all papers, alone and as a share of bare words."""

    documents: int
    pages: int
    pages_a_cpu_second: float
    of_words: float
    of_words_at_the_median: float


def _read_bare_words(data: bytes) -> None:
    with pymupdf.open(stream=data, filetype="pdf") as document:
        for page in document:
            page.get_text("words")


def _read_with_service(data: bytes) -> None:
    parse.parse_bytes(data, "application/pdf")


def _read_with_pdfium(data: bytes) -> None:
    """Text of each page: a box a word would be slower still."""
    document = pypdfium2.PdfDocument(data)
    for page in document:
        page.get_textpage().get_text_bounded()
    document.close()


def _read_with_plumber(data: bytes) -> None:
    import pdfplumber  # here, so that no worker holds it

    with pdfplumber.open(io.BytesIO(data)) as document:
        for page in document.pages:
            page.extract_words()


WAYS: dict[str, Callable[[bytes], None]] = {
    BARE_WORDS: _read_bare_words,
    SERVICE: _read_with_service,
    "pypdfium2, text alone": _read_with_pdfium,
    "pdfplumber, words alone": _read_with_plumber,
}


def find_papers() -> Iterator[Paper]:
    """The documents that are read whole and are no books."""
    for folder in FOLDERS:
        for path in sorted(folder.rglob("*.pdf")):
            try:
                parsed = parse.parse_bytes(path, "application/pdf")
            except Unreadable:
                continue
            if not parsed.unread_pages and len(parsed.pages) <= MOST_PAGES:
                yield Paper(path, len(parsed.pages))


def measure_ways(repeats: int) -> dict[str, Speed]:
    """The speed of every way."""
    papers = list(find_papers())
    contents = [paper.path.read_bytes() for paper in papers]
    pages = sum(paper.pages for paper in papers)
    seconds = {
        name: [_least_cpu_seconds(read, data, repeats) for data in contents]
        for name, read in WAYS.items()
    }
    return {name: _speed(pages, own, seconds[BARE_WORDS]) for name, own in seconds.items()}


def _least_cpu_seconds(read: Callable[[bytes], None], data: bytes, repeats: int) -> float:
    taken = []
    for _ in range(repeats):
        began = time.process_time()
        read(data)
        taken.append(time.process_time() - began)
    return min(taken)


def _speed(pages: int, seconds: list[float], bare_seconds: list[float]) -> Speed:
    """Of CPU seconds a document, beside those of bare words."""
    ratios = [bare / own for bare, own in zip(bare_seconds, seconds, strict=True)]
    return Speed(
        documents=len(seconds),
        pages=pages,
        pages_a_cpu_second=pages / sum(seconds),
        of_words=sum(bare_seconds) / sum(seconds),
        of_words_at_the_median=statistics.median(ratios),
    )


def measure_workers(count: int) -> dict[str, float]:
    """`count` processes at once: pages a second of all, and the most memory that one held."""
    with ThreadPoolExecutor(count) as pool:
        workers = list(pool.map(_run_worker, range(count)))
    return {
        "pages_a_second": sum(worker["pages"] / worker["seconds"] for worker in workers),
        "megabytes": max(worker["megabytes"] for worker in workers),
    }


def _run_worker(_: int) -> dict[str, float]:
    command = [sys.executable, "-P", "-m", "scripts.benches.parse", "worker"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def _read_as_worker() -> dict[str, float]:
    """One process over all documents, holding none: pages, seconds on the clock, peak memory."""
    pages = 0
    seconds = 0.0
    for paper in find_papers():
        data = paper.path.read_bytes()
        began = time.perf_counter()
        _read_with_service(data)
        seconds += time.perf_counter() - began
        pages += paper.pages
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"pages": pages, "seconds": seconds, "megabytes": peak}


def main(argv: list[str]) -> int:
    """0 where zones cost no more than they may, or no more than they did."""
    if argv[:1] == ["worker"]:
        print(json.dumps(_read_as_worker()))
        return 0
    parser = report.make_parser("parse", __doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--repeats", type=int, default=5, help="the best of so many counts")
    parser.add_argument("--against", metavar="REV", help="an older commit")
    parser.add_argument("--least", type=float, default=0.95, help="of the older one's speed")
    asked = parser.parse_args(argv)
    if asked.against:
        return _compare(asked)
    return _measure(asked)


def _measure(asked: argparse.Namespace) -> int:
    speeds = measure_ways(asked.repeats)
    two = measure_workers(2)
    rows = [_row(name, speed) for name, speed in speeds.items()]
    rows.append(_row_of_workers(two))
    ours = speeds[SERVICE]
    title = f"Parsing {ours.pages} pages of {ours.documents} born-digital PDFs"
    head = ["read by", "pages a CPU second", "of bare words", "at the median document"]
    ways = {name: asdict(speed) for name, speed in speeds.items()}
    report.publish(title, head, rows, {"ways": ways, "two_workers": two}, asked.json)
    kept = (
        ours.of_words >= LEAST_OF_WORDS
        and two["megabytes"] <= MOST_MEGABYTES
        and two["pages_a_second"] >= LEAST_PAGES_A_SECOND
    )
    return 0 if kept else 1


def _row(name: str, speed: Speed) -> list[str]:
    return [
        name,
        f"{speed.pages_a_cpu_second:.0f}",
        f"{speed.of_words:.2f}",
        f"{speed.of_words_at_the_median:.2f}",
    ]


def _row_of_workers(two: dict[str, float]) -> list[str]:
    rate = f"{two['pages_a_second']:.0f}"
    return ["two workers at once", rate, f"peak {two['megabytes']:.0f} MB", ""]


def _compare(asked: argparse.Namespace) -> int:
    papers = list(find_papers())
    paths = [paper.path for paper in papers]
    pages = sum(paper.pages for paper in papers)
    try:
        seconds = parse_against.compare_with_commit(ROOT, asked.against, paths, asked.repeats)
    except parse_against.NotComparable as error:
        print(error, file=sys.stderr)
        return 2
    share = seconds.then / seconds.now
    rows: list[list[Any]] = [
        [asked.against, f"{pages / seconds.then:.0f}", ""],
        ["this checkout", f"{pages / seconds.now:.0f}", share],
    ]
    title = (
        f"Parsing {pages} pages of {len(papers)} born-digital PDFs,"
        f" {len(seconds.read_differently)} of them read differently"
    )
    result = {**asdict(seconds), "pages": pages, "documents": len(papers), "share": share}
    report.publish(title, ["code", "pages a CPU second", "of it"], rows, result, asked.json)
    return 0 if share >= asked.least else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
