"""A job over numbered documents: each prints a total of its own, so that what was asked and kept
can be counted.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pymupdf

from scripts.rig.scripted_model import Script
from scripts.rig.scripted_truth import Prompt, absent
from scripts.rig.service_processes import Processes
from tests.support.seed import PAGE, WORDS, ZONE, Seed

_PRINTED = re.compile(r"Total (\d+)\.25")


def total(number: int) -> float:
    """What document `number` prints."""
    return number + 0.25


def answer(prompt: Prompt) -> dict[str, Any]:
    """Quotes the total of a numbered document; nothing for any other."""
    found = _PRINTED.search(prompt.text)
    given = (
        {"value": f"{found[1]}.25", "quote": found[0], "zone": 1, "reason": None}
        if found
        else absent()
    )
    return dict.fromkeys(prompt.keys, given)


def asked(script: Script) -> Counter[int]:
    """How often the model was asked about each numbered document."""
    found = [_PRINTED.search(Prompt.of(call.body).text) for call in list(script.calls)]
    return Counter(int(match[1]) for match in found if match)


def pdf(number: int) -> bytes:
    """A one-page PDF of its own."""
    with pymupdf.open() as made:
        made.new_page().insert_text((72, 72), f"Late arrival {number}")
        content: bytes = made.tobytes()
    return content


def _parsed(number: int) -> dict[str, Any]:
    text = f"Total {number}.25"
    words = [WORDS[0], [*WORDS[1][:4], f"{number}.25", *WORDS[1][5:]]]
    page = PAGE | {"text": text, "words": words}
    return {
        "pages": [page],
        "zones": [ZONE | {"text": text}],
        "flags": [],
        "text_hash": str(number),
        "word_count": 2,
    }


@dataclass
class NumberedJob:
    """One job of a project whose documents are 0 … size - 1, as its owner sees it."""

    seed: Seed
    size: int
    numbers: dict[str, int] = field(default_factory=dict)
    id: str = ""

    def prepare(self) -> "NumberedJob":
        """Makes the documents ready and defines the one variable."""
        for number in range(self.size):
            self.numbers[self.seed.add_unread(f"{number}.pdf")] = number
        self.seed.read_documents(lambda document: _parsed(self.numbers[document]))
        self.seed.variable("total")
        return self

    def start(self) -> "NumberedJob":
        """Starts it without the api."""
        self.id = self.seed.owner.call("start_job", project=self.seed.project_id)["id"]
        return self

    @property
    def row(self) -> dict[str, Any]:
        """The job as it stands."""
        [row] = self.seed.owner.rows("jobs", id=f"eq.{self.id}")
        return row

    def tasks(self, state: str | None = None) -> list[dict[str, Any]]:
        """What became of each document: state, attempts, failure."""
        tasks: list[dict[str, Any]] = self.seed.owner.call(
            "job_documents", job=self.id, state=state
        )
        return tasks

    def calls(self, **filters: str) -> list[dict[str, Any]]:
        """The ledger of the job."""
        return self.seed.owner.rows("llm_calls", job_id=f"eq.{self.id}", **filters)

    def booked(self, **filters: str) -> Counter[int]:
        """How many calls the ledger holds for each document."""
        return Counter(self.numbers[call["document_id"]] for call in self.calls(**filters))

    def cells(self) -> dict[int, list[Any]]:
        """The values of each document that has any: verified ones as numbers, others as None."""
        found: dict[int, list[Any]] = {}
        for cell in self.seed.owner.rows("extractions", job_id=f"eq.{self.id}"):
            number = self.numbers[cell["document_id"]]
            found.setdefault(number, []).append(cell["value"] if cell["verified"] else None)
        return found

    def runs(self) -> int:
        """How often a cell was written."""
        return len(
            self.seed.owner.rows("extraction_events", job_id=f"eq.{self.id}", action="eq.model_run")
        )

    def ended(self, service: Processes) -> dict[str, Any]:
        """The job once it waits for nothing but a person."""
        return service.until(
            lambda: self.row, lambda row: row["state"] not in ("queued", "running"), "the job ends"
        )

    def account(self) -> dict[str, Any]:
        """What a job that lost and doubled nothing says: equal to `whole`."""
        row, calls = self.row, self.calls()
        return {
            "job": [
                row["state"],
                row["documents_done"],
                row["documents_failed"],
                row["documents_skipped"],
            ],
            "values": self.cells(),
            "written": self.runs(),
            "tasks": Counter(task["failure_code"] or task["state"] for task in self.tasks()),
            "paid calls": self.booked(state="eq.settled"),
            "open calls": [call for call in calls if call["state"] not in ("settled", "abandoned")],
            "calls not counted": len(calls) - row["model_calls"],
            "money still reserved": row["reserved_micros"],
            "money not counted": sum(call["cost_micros"] for call in calls) - row["cost_micros"],
        }

    def whole(self) -> dict[str, Any]:
        """Every document has its own value, written once; the job counts what its tasks did and
        its calls cost.
        """
        every = range(self.size)
        return {
            "job": ["completed", self.size, 0, 0],
            "values": {number: [total(number)] for number in every},
            "written": self.size,
            "tasks": {"done": self.size},
            "paid calls": dict.fromkeys(every, 1),
            "open calls": [],
            "calls not counted": 0,
            "money still reserved": 0,
            "money not counted": 0,
        }
