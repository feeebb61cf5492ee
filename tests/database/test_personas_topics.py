"""Every topic by every persona, over a websocket: who may join, who may write, and what the
database tells.
"""

from uuid import uuid4

import pytest

from scripts.rig.people import PERSONAS
from tests.support.seed import Seed
from tests.support.topics import joined

MEMBERS = {"owner", "editor", "reviewer", "viewer"}


@pytest.mark.parametrize("persona", PERSONAS)
def test_project_topic__joins_by_persona(persona: str, full: Seed) -> None:
    """E-RT-01: members join; strangers and those without a token do not."""
    with joined(full.team[persona], f"project:{full.project_id}") as channel:
        assert (channel.reply["status"] == "ok") is (persona in MEMBERS)
        if persona not in MEMBERS:
            assert channel.reply["response"]["reason"].startswith("Unauthorized")


@pytest.mark.parametrize("persona", ["owner", "stranger", "anonymous"])
def test_user_topic__is_the_persons_own(persona: str, full: Seed) -> None:
    with joined(full.team[persona], f"user:{full.owner.id}") as channel:
        assert (channel.reply["status"] == "ok") is (persona == "owner")


@pytest.mark.parametrize(
    "topic",
    ["project:x", "project:", "thread:{id}", "project:{id}:desk", "{id}", "project:{id}'--"],
)
def test_malformed_topic__is_refused_and_does_not_raise(topic: str, full: Seed) -> None:
    with joined(full.owner, topic.format(id=full.project_id)) as channel:
        assert channel.reply["status"] == "error"
        assert channel.reply["response"]["reason"].startswith("Unauthorized")


def test_broadcast__clients_may_not_write_what_the_database_tells(seed: Seed) -> None:
    topic = f"project:{seed.project_id}"
    with joined(seed.team["viewer"], topic) as listener, joined(seed.owner, topic) as forger:
        payload = {"type": "broadcast", "event": "job.changed", "payload": {"forged": True}}
        forger.send("broadcast", payload, "2")
        seed.register(*seed.upload())
        frame = listener.until(lambda f: f["event"] == "broadcast")
        assert frame["payload"]["event"] == "document.changed"


def test_broadcast__tells_documents_jobs_and_exports(seed: Seed) -> None:
    with joined(seed.team["viewer"], f"project:{seed.project_id}") as channel:
        document = seed.document()
        states = [channel.told("document.changed")["record"]["state"] for _ in range(3)]
        assert states == ["uploaded", "parsing", "ready"]
        variable = seed.variable()
        job = seed.owner.call("start_job", project=seed.project_id)
        assert channel.told("job.changed")["record"]["id"] == job["id"]
        [task] = seed.claim("extract")
        seed.worker.call(
            "finish_extract",
            **seed.held(task),
            extractor="model",
            extractions=[seed.cell(variable)],
        )
        ended = channel.until(
            lambda f: (
                f["event"] == "broadcast"
                and f["payload"]["payload"]["record"].get("state") == "completed"
            )
        )
        assert ended["payload"]["payload"]["record"]["documents_done"] == 1
        seed.owner.call("start_export", project=seed.project_id)
        assert channel.told("export.changed")["record"]["state"] == "queued"
        seed.owner.call("delete_document", document=document)
        assert channel.told("document.changed")["record"]["deleted_at"]


def test_broadcast__tells_imports(seed: Seed) -> None:
    with joined(seed.team["viewer"], f"project:{seed.project_id}") as channel:
        made = seed.table(b"text\nA\n")
        [task] = seed.claim("import")
        seed.worker.call(
            "add_import_rows", **seed.held(task), rows=[{"row": 1, "code": "text_empty"}]
        )
        seed.worker.call("finish_import", **seed.held(task))
        told = [channel.told("document_import.changed")["record"] for _ in range(4)]
    assert {record["id"] for record in told} == {made["id"]}
    assert [(record["state"], record["rows_done"]) for record in told] == [
        ("queued", 0),
        ("running", 0),
        ("running", 1),
        ("completed", 1),
    ]


def test_broadcast__tells_suggestions(ready: Seed) -> None:
    with joined(ready.team["viewer"], f"project:{ready.project_id}") as channel:
        made = ready.owner.call("start_suggestion", project=ready.project_id, kind="row_unit")
        [task] = ready.claim("suggest")
        ready.worker.call("finish_suggestion", **ready.held(task), origin="rules")
        told = [channel.told("schema_suggestion.changed")["record"] for _ in range(3)]
    assert [(record["id"], record["state"]) for record in told] == [
        (made["id"], state) for state in ("queued", "running", "done")
    ]
    assert told[-1]["answer"]


def test_broadcast__nothing_of_another_project(seed: Seed, full: Seed) -> None:
    with joined(seed.team["viewer"], f"project:{seed.project_id}") as channel:
        full.register(*full.upload())
        mine = seed.register(*seed.upload(), name=f"{uuid4()}.pdf")
        assert channel.told("document.changed")["record"]["id"] == mine["document_id"]
