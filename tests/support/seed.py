"""A project with a row in every table, made through the doors that the product uses."""

import hashlib
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from scripts.rig.people import ROLES, Person

PAGE = {
    "number": 1,
    "width": 595,
    "height": 842,
    "rotation": 0,
    "text": "Total 12.50",
    "source": "text",
}
WORDS = [[50, 50, 80, 60, "Total", 1, 0], [90, 50, 120, 60, "12.50", 1, 0]]
ZONE = {
    "position": 1, "page": 1, "kind": "key_value", "x0": 50, "y0": 50, "x1": 120, "y1": 60,
    "text": "Total 12.50", "confidence": 1,
}  # fmt: skip
PARSED = {
    "pages": [PAGE | {"words": WORDS}],
    "zones": [ZONE],
    "flags": [],
    "text_hash": "t",
    "word_count": 2,
}


@dataclass
class Seed:
    """Makes one project's content; `ids` names what it made."""

    team: dict[str, Person]
    worker: Person
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def owner(self) -> Person:
        """Who owns the project."""
        return self.team["owner"]

    @property
    def project_id(self) -> str:
        """The project."""
        return self.ids["project"]

    def project(self) -> str:
        """A new project with every role in it."""
        self.ids["project"] = self.owner.call("create_project", name=f"Test {uuid4().hex[:6]}")[
            "id"
        ]
        for role in ROLES[1:]:
            self.invite(self.team[role], role)
        return self.project_id

    def invite(self, person: Person, role: str) -> None:
        """Makes `person` a member."""
        offer = self.owner.call(
            "invite_member", project=self.project_id, email=person.email, role=role
        )
        person.call("accept_invitation", invitation=offer["id"])

    def upload(self, content: bytes = b"", by: Person | None = None) -> tuple[str, bytes]:
        """An object in bucket documents that no document claims yet: its path and its bytes."""
        person = by or self.owner
        content = content or b"%PDF-1.4 " + uuid4().bytes
        path = f"{self.project_id}/{uuid4()}"
        headers = {"Content-Type": "application/pdf"}
        response = person.storage(
            "POST", f"object/documents/{path}", content=content, headers=headers
        )
        assert response.is_success, response.text
        return path, content

    def table(self, content: bytes, text_column: str = "text", **columns: Any) -> dict[str, Any]:
        """A queued import of a CSV."""
        path = f"{self.project_id}/{uuid4()}"
        headers = {"Content-Type": "text/csv"}
        response = self.owner.storage(
            "POST", f"object/documents/{path}", content=content, headers=headers
        )
        assert response.is_success, response.text
        given = {
            "name": "table.csv",
            "media_type": "text/csv",
            "bytes": len(content),
            "text_column": text_column,
        }
        row: dict[str, Any] = self.owner.call(
            "start_import", project=self.project_id, object_path=path, **given, **columns
        )
        return row

    def register(
        self, path: str, content: bytes, name: str = "a.pdf", by: Person | None = None
    ) -> dict[str, Any]:
        """The answer of add_document."""
        answer = (by or self.owner).call(
            "add_document",
            project=self.project_id,
            object_path=path,
            name=name,
            media_type="application/pdf",
            bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )
        row: dict[str, Any] = answer[0]
        return row

    def claim(
        self, kind: str, limit: int = 1, worker: str = "test", lease_seconds: int = 60
    ) -> list[dict[str, Any]]:
        """Tasks of this project; those of other tests are given back."""
        claimed = self.worker.call(
            "claim_tasks", worker=worker, kinds=[kind], limit=256, lease_seconds=lease_seconds
        )
        mine = [task for task in claimed if task["project_id"] == self.project_id]
        spare = [task for task in claimed if task not in mine[:limit]]
        if spare:
            self.worker.call(
                "release_tasks", worker=worker, lease_tokens=[task["lease_token"] for task in spare]
            )
        return mine[:limit]

    def held(self, task: dict[str, Any]) -> dict[str, Any]:
        """The arguments that every fenced verb wants."""
        return {"task": task["task_id"], "lease_token": task["lease_token"]}

    def document(self, name: str = "a.pdf") -> str:
        """A document that is ready: one page, one zone."""
        path, content = self.upload()
        document_id: str = self.register(path, content, name)["document_id"]
        for task in self.claim("parse", 50):
            self.worker.call("finish_parse", **self.held(task), parsed=PARSED)
        return document_id

    def variable(self, key: str = "total", **columns: Any) -> str:
        """A variable of type number."""
        row = {
            "project_id": self.project_id,
            "key": key,
            "label": key.title(),
            "type": "number",
        } | columns
        headers = {"Prefer": "return=representation"}
        response = self.owner.rest("POST", "variables", json=row, headers=headers)
        assert response.is_success, response.text
        made: str = response.json()[0]["id"]
        return made

    def entities(self, unit: str = "entity") -> None:
        """Makes the rows of the project entities, or documents again."""
        change = {"row_unit": unit, "entity_pattern": "One for each person."}
        response = self.owner.rest(
            "PATCH", "projects", params={"id": f"eq.{self.project_id}"}, json=change
        )
        assert response.is_success, response.text

    def cell(self, variable_id: str, **columns: Any) -> dict[str, Any]:
        """A verified cell as finish_extract takes it."""
        return {
            "variable_id": variable_id, "row_index": 0, "state": "proposed", "value": 12.5, "raw": "12.50",
            "quote": "Total 12.50", "page": 1, "box": [90, 50, 120, 60], "boxes": [[90, 50, 120, 60]], "zone": 1,
            "evidence": "exact", "verified": True, "confidence": 0.97, "signals": {"evidence": "exact"}, "flags": [],
            "absent_reason": None, "origin": "model", "input_hash": "h",
        } | columns  # fmt: skip

    def compared(self) -> None:
        """A suggestion of instructions, compared on the one cell, whose judgement is taken back."""
        asked = {
            "project": self.project_id,
            "kind": "instructions",
            "variable": self.ids["variable"],
        }
        self.ids["suggestion"] = self.owner.call("start_suggestion", **asked)["id"]
        [task] = self.claim("suggest")
        self.worker.call("finish_suggestion", **self.held(task), origin="rules")
        self.owner.call("accept_cells", extractions=[self.ids["cell"]])
        [project] = self.owner.rows("projects", id=f"eq.{self.project_id}")
        self.row_unit("document")  # rows that are entities are not compared
        self.owner.call("compare_refinement", suggestion=self.ids["suggestion"])
        self.row_unit(project["row_unit"])
        [task] = self.claim("refine")
        answers = [self.cell(self.ids["variable"], candidate=0)]
        self.worker.call("finish_comparison", **self.held(task), answers=answers)
        self.owner.call("undo_judgement", extraction=self.ids["cell"])

    def row_unit(self, unit: str) -> None:
        """Sets what a row is."""
        self.owner.call(
            "save_schema", project=self.project_id, context={"row_unit": unit}, variables=None
        )

    def everything(self) -> "Seed":
        """A row in every table of the project."""
        self.project()
        self.ids["document"] = self.document()
        self.ids["variable"] = self.variable()
        self.entities()
        self.ids["job"] = self.owner.call("start_job", project=self.project_id)["id"]
        [task] = self.claim("extract")
        call = {"request_hash": "r", "request_id": "q", "model": "m", "reserved_micros": 10}
        [reserved] = self.worker.call("reserve_call", **self.held(task), **call)
        self.ids["call"] = reserved["call_id"]
        self.worker.call(
            "settle_call", call=reserved["call_id"], state="settled", cost_micros=5, answer="{}"
        )
        cells = [self.cell(self.ids["variable"], entity="A", entity_key="a")]
        self.worker.call("finish_extract", **self.held(task), extractor="model", extractions=cells)
        [cell] = self.owner.rows("extractions", project_id=f"eq.{self.project_id}")
        self.ids["cell"] = cell["id"]
        self.compared()
        self.owner.call("flag_cells", extractions=[cell["id"]], note="look again")
        self.owner.call("pin_example", extraction=cell["id"])
        self.ids["version"] = self.owner.call("approve_schema", project=self.project_id)["id"]
        template = self.owner.call(
            "save_as_template", project=self.project_id, name=f"Of {self.project_id}"
        )
        self.ids["template"] = template["id"]
        self.ids["export"] = self.owner.call("start_export", project=self.project_id)["id"]
        [task] = self.claim("export")
        self.worker.call("read_export", **self.held(task))
        done = {
            "object_path": f"{self.project_id}/x.csv",
            "bytes": 1,
            "sha256": "s",
            "row_count": 1,
        }
        self.worker.call("finish_export", **self.held(task), **done)
        self.ids["import"] = self.table(b"text\nTotal 12.50\n")["id"]
        offer = self.owner.call(
            "invite_member", project=self.project_id, email="new@example.com", role="viewer"
        )
        self.ids["invitation"] = offer["id"]
        return self
