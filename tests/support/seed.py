"""A project with a row in every table, made through the doors that the product uses."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from psycopg.types.json import Jsonb

from scripts.rig.people import ROLES, Person
from tests.support.inside import Inside

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
# As Storage writes it when a person uploads.
_PLACE_OBJECT = """
insert into storage.objects (bucket_id, name, owner_id, metadata) values ('documents', %s, %s, %s)
"""
# As if the jobs of others were paused; nobody sees it, since it is undone in the same transaction.
_HOLD_OTHERS = """
update private.tasks set held = true
where state = 'queued' and not held and project_id <> %s returning id
"""
_FORGET = """
with hidden as (update public.projects set deleted_at = now() where id = any(%s::uuid[]))
delete from private.tasks where project_id = any(%s::uuid[])
"""
_LEFT = """
select p.id, p.name, t.kind from private.tasks as t inner join public.projects as p on p.id = t.project_id
where t.state in ('queued', 'running') and p.created_by = any(%s::uuid[]) and p.id <> all(%s::uuid[])
"""
_LET_GO = "update private.tasks set held = false where id = any(%s)"
_SET_ROW_UNIT = """
update public.projects set row_unit = %s, entity_pattern = 'One for each person.' where id = %s
"""


@dataclass
class Seed:
    """Makes one project's content; `ids` names what it made.

    What has a verb in `as_owner` and `as_worker` is called inside the database, as set-up; over
    HTTP goes what a test is about.
    """

    team: dict[str, Person]
    worker: Person
    inside: Inside
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def owner(self) -> Person:
        """Who owns the project."""
        return self.team["owner"]

    @property
    def project_id(self) -> str:
        """The project."""
        return self.ids["project"]

    def as_owner(self, verb: str, **arguments: Any) -> Any:
        """What a verb answers the owner, called inside the database."""
        return self.inside.call(self.owner, verb, **arguments)

    def as_worker(self, verb: str, **arguments: Any) -> Any:
        """What a verb answers the worker, called inside the database."""
        return self.inside.call(self.worker, verb, **arguments)

    def project(self) -> str:
        """A new project with every role in it."""
        made: dict[str, str] = self.as_owner("create_project", name=f"Test {uuid4().hex[:6]}")
        self.ids["project"] = made["id"]
        for role in ROLES[1:]:
            self.invite(self.team[role], role)
        return self.project_id

    def invite(self, person: Person, role: str) -> None:
        """Makes `person` a member."""
        offer = self.as_owner(
            "invite_member", project=self.project_id, email=person.email, role=role
        )
        self.inside.call(person, "accept_invitation", invitation=offer["id"])

    def upload(self, content: bytes = b"", by: Person | None = None) -> tuple[str, bytes]:
        """An object in bucket documents that no document claims yet: its path and its bytes."""
        content = content or b"%PDF-1.4 " + uuid4().bytes
        return self._store(content, "application/pdf", by or self.owner), content

    def _store(self, content: bytes, media_type: str, person: Person) -> str:
        path = f"{self.project_id}/{uuid4()}"
        headers = {"Content-Type": media_type}
        response = person.storage(
            "POST", f"object/documents/{path}", content=content, headers=headers
        )
        assert response.is_success, response.text
        return path

    def table(self, content: bytes, text_column: str = "text", **columns: Any) -> dict[str, Any]:
        """A queued import of a CSV."""
        row: dict[str, Any] = self.owner.call(
            "start_import",
            project=self.project_id,
            object_path=self._store(content, "text/csv", self.owner),
            name="table.csv",
            media_type="text/csv",
            bytes=len(content),
            text_column=text_column,
            **columns,
        )
        return row

    def register(
        self, path: str, content: bytes, name: str = "a.pdf", by: Person | None = None
    ) -> dict[str, Any]:
        """The answer of add_document."""
        [row] = (by or self.owner).call("add_document", **self._entry(path, content, name))
        return dict(row)

    def add_unread(self, name: str = "a.pdf") -> str:
        """A document that waits to be read; its object is a row of Storage without bytes."""
        content, path = uuid4().bytes, f"{self.project_id}/{uuid4()}"
        with self.inside.acting_as(self.owner):
            size = Jsonb({"size": len(content)})
            self.inside.execute(_PLACE_OBJECT, path, self.owner.id, size)
        [row] = self.as_owner("add_document", **self._entry(path, content, name))
        made: str = row["document_id"]
        return made

    def _entry(self, path: str, content: bytes, name: str) -> dict[str, Any]:
        return {
            "project": self.project_id,
            "object_path": path,
            "name": name,
            "media_type": "application/pdf",
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }

    def claim(
        self, kind: str, limit: int = 1, worker: str = "test", lease_seconds: int = 60
    ) -> list[dict[str, Any]]:
        """Tasks of this project alone: while this claims, those of others are held."""
        lease = {"worker": worker, "kinds": [kind], "limit": limit, "lease_seconds": lease_seconds}
        with self.inside.transaction():
            others = [task for (task,) in self.inside.execute(_HOLD_OTHERS, self.project_id)]
            claimed: list[dict[str, Any]] = self.as_worker("claim_tasks", **lease)
            if others:
                self.inside.execute(_LET_GO, others)
        return claimed

    def drop_tasks(self) -> None:
        """No worker finds anything to do for the project."""
        self.inside.execute("delete from private.tasks where project_id = %s", self.project_id)

    def held(self, task: dict[str, Any]) -> dict[str, Any]:
        """The arguments that every fenced verb wants."""
        return {"task": task["task_id"], "lease_token": task["lease_token"]}

    def read_documents(self, read: Callable[[str], dict[str, Any]] = lambda _: PARSED) -> None:
        """Finishes the reading of all that waits for it: `read` says what a document holds."""
        while tasks := self.claim("parse", 256):
            for task in tasks:
                parsed = read(task["document_id"])
                self.as_worker("finish_parse", **self.held(task), parsed=parsed)

    def document(self, name: str = "a.pdf") -> str:
        """A document that is ready: one page, one zone."""
        made = self.add_unread(name)
        self.read_documents()
        return made

    def variable(self, key: str = "total", **columns: Any) -> str:
        """A variable of type number."""
        row = {
            "project_id": self.project_id,
            "key": key,
            "label": key.title(),
            "type": "number",
        } | columns
        made: str = self.inside.insert(self.owner, "variables", **row)["id"]
        return made

    def entities(self, unit: str = "entity") -> None:
        """Makes the rows of the project entities, or documents again."""
        with self.inside.acting_as(self.owner):
            self.inside.execute(_SET_ROW_UNIT, unit, self.project_id)

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
        self.ids["suggestion"] = self.as_owner("start_suggestion", **asked)["id"]
        [task] = self.claim("suggest")
        self.as_worker("finish_suggestion", **self.held(task), origin="rules")
        self.as_owner("accept_cells", extractions=[self.ids["cell"]])
        [project] = self.owner.rows("projects", id=f"eq.{self.project_id}")
        self.row_unit("document")  # rows that are entities are not compared
        self.as_owner("compare_refinement", suggestion=self.ids["suggestion"])
        self.row_unit(project["row_unit"])
        [task] = self.claim("refine")
        answers = [self.cell(self.ids["variable"], candidate=0)]
        self.as_worker("finish_comparison", **self.held(task), answers=answers)
        self.as_owner("undo_judgement", extraction=self.ids["cell"])

    def row_unit(self, unit: str) -> None:
        """Sets what a row is."""
        self.as_owner(
            "save_schema", project=self.project_id, context={"row_unit": unit}, variables=None
        )

    def everything(self) -> "Seed":
        """A row in every table of the project."""
        self.project()
        self.ids["document"] = self.document()
        self.ids["variable"] = self.variable()
        self.entities()
        self.ids["job"] = self.as_owner("start_job", project=self.project_id)["id"]
        [task] = self.claim("extract")
        call = {"request_hash": "r", "request_id": "q", "model": "m", "reserved_micros": 10}
        [reserved] = self.as_worker("reserve_call", **self.held(task), **call)
        self.ids["call"] = reserved["call_id"]
        self.as_worker(
            "settle_call", call=reserved["call_id"], state="settled", cost_micros=5, answer="{}"
        )
        cells = [self.cell(self.ids["variable"], entity="A", entity_key="a")]
        self.as_worker("finish_extract", **self.held(task), extractor="model", extractions=cells)
        [cell] = self.owner.rows("extractions", project_id=f"eq.{self.project_id}")
        self.ids["cell"] = cell["id"]
        self.compared()
        self.as_owner("flag_cells", extractions=[cell["id"]], note="look again")
        self.as_owner("pin_example", extraction=cell["id"])
        self.ids["version"] = self.as_owner("approve_schema", project=self.project_id)["id"]
        template = self.as_owner(
            "save_as_template", project=self.project_id, name=f"Of {self.project_id}"
        )
        self.ids["template"] = template["id"]
        self.ids["export"] = self.as_owner("start_export", project=self.project_id)["id"]
        [task] = self.claim("export")
        self.as_worker("read_export", **self.held(task))
        done = {
            "object_path": f"{self.project_id}/x.csv",
            "bytes": 1,
            "sha256": "s",
            "row_count": 1,
        }
        self.as_worker("finish_export", **self.held(task), **done)
        self.ids["import"] = self.table(b"text\nTotal 12.50\n")["id"]
        offer = self.as_owner(
            "invite_member", project=self.project_id, email="new@example.com", role="viewer"
        )
        self.ids["invitation"] = offer["id"]
        return self


@dataclass
class Seeds:
    """Makes projects on one stack, and takes them away with what waits in the queue for them."""

    team: dict[str, Person]
    worker: Person
    inside: Inside
    # Those whose projects are still in use when the projects of these are not.
    shared: "Seeds | None" = None
    made: list[Seed] = field(default_factory=list)

    def project(self, owner: Person | None = None) -> Seed:
        """A project that is empty but for its members."""
        seed = self._seed(owner)
        seed.project()
        return seed

    def full(self, owner: Person | None = None) -> Seed:
        """A project with a row in every table."""
        return self._seed(owner).everything()

    def _seed(self, owner: Person | None) -> Seed:
        team = self.team | {"owner": owner} if owner else self.team
        seed = Seed(team, self.worker, self.inside)
        self.made.append(seed)
        return seed

    @property
    def projects(self) -> list[str]:
        """Those that were made and not forgotten."""
        return [seed.project_id for seed in self.made if "project" in seed.ids]

    def forget(self) -> None:
        """Nobody sees the projects any more, and no worker finds anything to do for them.

        An assertion says so when a test left work in another project, where the worker of a later
        test would find it.
        """
        self.inside.execute(_FORGET, self.projects, self.projects)
        self.made.clear()
        people = [person.id for person in self.team.values() if person.id]
        left = self.inside.execute(_LEFT, people, self.shared.projects if self.shared else [])
        assert left == [], "Work is left behind"
