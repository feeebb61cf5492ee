"""Every verb by every persona: the least role that may call it, and what the others are told."""

from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from scripts.rig.people import PERSONAS, ROLES
from tests.support.seed import Seed, Seeds

ALLOWED, ROLE_TOO_LOW = "allowed", "role too low"
UNKNOWN, SIGNED_OUT = "nothing is there", "not signed in"
NIL = "00000000-0000-4000-8000-000000000000"
# verb -> (least role, arguments as a function of a full project). A role that may passes the
# membership check: its answer may still be a refusal of another kind (a wrong state, an unknown
# row), never 401, 403 or 404.
CALLER: dict[str, tuple[str, Any]] = {
    "invite_member": ("owner", lambda s: {"project": s.project_id, "email": "x@example.com", "role": "viewer"}),
    "set_member_role": ("owner", lambda s: {"project": s.project_id, "user": NIL, "role": "viewer"}),
    "remove_member": ("owner", lambda s: {"project": s.project_id, "user": NIL}),
    "add_document": (
        "editor",
        lambda s: {
            "project": s.project_id, "object_path": "x", "name": "x", "media_type": "x", "bytes": 1, "sha256": "0" * 64,
        },
    ),
    "parse_document": ("editor", lambda s: {"document": s.ids["spare"]}),
    "delete_document": ("editor", lambda s: {"document": s.ids["spare"]}),
    "start_job": ("editor", lambda s: {"project": s.project_id}),
    "pause_job": ("editor", lambda s: {"job": s.ids["job"]}),
    "resume_job": ("editor", lambda s: {"job": s.ids["job"]}),
    "cancel_job": ("editor", lambda s: {"job": s.ids["job"]}),
    "retry_job": ("editor", lambda s: {"job": s.ids["job"]}),
    "active_job": ("viewer", lambda s: {"project": s.project_id}),
    "estimate_job": ("editor", lambda s: {"project": s.project_id}),
    "raise_cap": ("editor", lambda s: {"job": s.ids["job"]}),
    "set_project_cap": ("owner", lambda s: {"project": s.project_id}),
    "set_call_limit": ("owner", lambda s: {"project": s.project_id}),
    "job_documents": ("viewer", lambda s: {"job": s.ids["job"]}),
    "start_export": ("viewer", lambda s: {"project": s.project_id}),
    "start_import": (
        "editor",
        lambda s: {
            "project": s.project_id, "object_path": "x", "name": "x", "media_type": "text/csv", "bytes": 1,
            "text_column": "x",
        },
    ),
    "accept_cells": ("reviewer", lambda s: {"extractions": [s.ids["cell"]]}),
    "reject_cells": ("reviewer", lambda s: {"extractions": [s.ids["cell"]]}),
    "flag_cells": ("reviewer", lambda s: {"extractions": [s.ids["cell"]]}),
    "unflag_cells": ("reviewer", lambda s: {"extractions": [s.ids["cell"]]}),
    "correct_cell": ("reviewer", lambda s: {"extraction": s.ids["cell"], "value": 1}),
    "mark_absent": ("reviewer", lambda s: {"extraction": s.ids["cell"]}),
    "add_value": (
        "reviewer", lambda s: {"document": s.ids["document"], "variable": s.ids["variable"], "value": 1, "row_index": 9}
    ),
    "undo_judgement": ("reviewer", lambda s: {"extraction": s.ids["cell"]}),
    "take_suggestion": ("reviewer", lambda s: {"extraction": s.ids["cell"]}),
    "review_queue": ("viewer", lambda s: {"project": s.project_id}),
    "variable_statistics": ("viewer", lambda s: {"project": s.project_id}),
    "result_rows": ("viewer", lambda s: {"project": s.project_id}),
    "job_log": ("viewer", lambda s: {"job": s.ids["job"]}),
    "project_overview": ("viewer", lambda s: {"project": s.project_id}),
    "delete_project": ("owner", lambda s: {"project": s.ids["spare_project"]}),
    "save_schema": ("editor", lambda s: {"project": s.project_id, "context": None, "variables": None}),
    "duplicate_variable": ("editor", lambda s: {"variable": s.ids["variable"]}),
    "schema_diff": ("viewer", lambda s: {"from": s.ids["version"], "to": s.ids["version"]}),
    "restore_version": ("editor", lambda s: {"version": s.ids["version"]}),
    "approve_schema": ("editor", lambda s: {"project": s.project_id}),
    "pin_example": ("editor", lambda s: {"extraction": s.ids["cell"]}),
    "apply_template": ("editor", lambda s: {"project": s.project_id, "template": s.ids["template"]}),
    "save_as_template": ("viewer", lambda s: {"project": s.project_id, "name": str(uuid4())}),
    "read_prompt": ("viewer", lambda s: {"document": s.ids["document"]}),
    "start_suggestion": ("editor", lambda s: {"project": s.project_id, "kind": "row_unit"}),
    "start_refinement": ("editor", lambda s: {"variable": s.ids["variable"]}),
    "compare_refinement": ("editor", lambda s: {"suggestion": s.ids["suggestion"]}),
    "refinement_report": ("viewer", lambda s: {"suggestion": s.ids["suggestion"]}),
    "apply_refinement": ("editor", lambda s: {"suggestion": s.ids["suggestion"], "candidate": 9}),
}  # fmt: skip
# Verbs that answer a stranger with an empty list and not with 404.
LISTS_NOTHING = {"job_documents"}
ANY_USER: dict[str, dict[str, Any]] = {
    "create_project": {"name": "Own"},
    "accept_invitation": {"invitation": NIL},
    "project_list": {"limit": 1},
}
TASK = {"task": 0, "lease_token": NIL}
WORKER: dict[str, dict[str, Any]] = {
    "claim_tasks": {"worker": "w", "kinds": ["chat"]},
    "heartbeat_tasks": {"worker": "w", "lease_tokens": []},
    "defer_task": TASK,
    "release_tasks": {"worker": "w", "lease_tokens": []},
    "fail_task": TASK | {"code": "x"},
    "queue_depth": {},
    "finish_parse": TASK | {"parsed": {}},
    "finish_sweep": TASK,
    "orphan_objects": {},
    "read_extract": TASK,
    "reserve_call": TASK | {"request_hash": "h", "request_id": "r", "model": "m"},
    "settle_call": {"call": NIL, "state": "failed"},
    "finish_extract": TASK | {"extractor": "model", "extractions": []},
    "pause_for_cap": TASK,
    "add_import_rows": TASK | {"rows": []},
    "finish_import": TASK,
    "announce_model": {
        "model": "m",
        "input_price": 0,
        "output_price": 0,
        "concurrency": 1,
        "prompt_bytes": 0,
    },
    "read_suggestion": TASK,
    "finish_suggestion": TASK | {"origin": "rules"},
    "read_comparison": TASK,
    "finish_comparison": TASK | {"answers": []},
    "read_export": TASK,
    "describe_export": TASK,
    "sweep_exports": {},
    "finish_export": TASK | {"object_path": "x", "bytes": 1, "sha256": "x", "row_count": 0},
}


def test_verbs__every_function_is_listed(db: psycopg.Connection[Any]) -> None:
    functions = db.execute(
        "select proname from pg_proc where pronamespace = 'public'::regnamespace"
    ).fetchall()
    assert {name for (name,) in functions} == CALLER.keys() | ANY_USER.keys() | WORKER.keys()


@pytest.mark.parametrize("verb", CALLER)
def test_caller_verb__by_persona(verb: str, full: Seed, module_seeds: Seeds) -> None:
    """E-AUTH-03: a stranger is told that nothing is there."""
    least, arguments = CALLER[verb]
    uses_spares = "spare" in repr(arguments.__code__.co_consts)
    if uses_spares:
        _add_spares(full, module_seeds)
    answers = {}
    for persona in reversed(PERSONAS):
        response = full.team[persona].rpc(verb, **arguments(full))
        answers[persona] = _verdict(response)
        if persona == "stranger" and verb in LISTS_NOTHING and response.json() == []:
            answers[persona] = UNKNOWN
        if answers[persona] == ALLOWED and uses_spares:  # which may be gone by now
            _add_spares(full, module_seeds)
    assert answers == {
        persona: ALLOWED if ROLES.index(persona) <= ROLES.index(least) else ROLE_TOO_LOW
        for persona in ROLES
    } | {"stranger": UNKNOWN, "anonymous": SIGNED_OUT}


def _add_spares(full: Seed, seeds: Seeds) -> None:
    """A document and a project that may go."""
    full.ids["spare"] = full.document(f"{uuid4()}.pdf")
    full.ids["spare_project"] = seeds.project().project_id


def _verdict(response: httpx.Response) -> str:
    """What an answer says of the right to call; the whole answer where it says nothing known."""
    body: Any = response.json() if response.content else None
    if response.status_code == 404:
        return UNKNOWN
    if response.status_code == 401 and body["code"] == "42501":
        return SIGNED_OUT
    if response.status_code == 403 and body["details"] == "role_too_low":
        return ROLE_TOO_LOW
    if response.status_code < 500 and response.status_code not in (401, 403):
        return ALLOWED
    return f"{response.status_code}: {response.text}"


@pytest.mark.parametrize("verb", ANY_USER)
def test_user_verb__needs_an_account(verb: str, full: Seed) -> None:
    assert full.team["anonymous"].rpc(verb, **ANY_USER[verb]).status_code == 401
    assert full.team["stranger"].rpc(verb, **ANY_USER[verb]).status_code in (200, 404)


@pytest.mark.parametrize("verb", WORKER)
def test_worker_verb__is_there_for_the_worker_alone(verb: str, full: Seed) -> None:
    refusals = {}
    for persona in PERSONAS:
        response = full.team[persona].rpc(verb, **WORKER[verb])
        refusals[persona] = (response.status_code, response.json()["code"])
    assert refusals == dict.fromkeys(PERSONAS, (403, "42501")) | {"anonymous": (401, "42501")}
    response = full.worker.rpc(verb, **WORKER[verb])
    assert response.is_success or response.json()["details"] in ("lease_lost", "call_settled"), (
        response.text
    )


def test_private__is_not_exposed(full: Seed) -> None:
    response = full.worker.rest("GET", "tasks", headers={"Accept-Profile": "private"})
    assert response.json()["code"] == "PGRST106"


def test_refusal__carries_code_and_hint_and_no_user_text(full: Seed) -> None:
    response = full.team["stranger"].rpc("start_job", project=full.project_id)
    assert response.json() == {
        "code": "PT404",
        "message": "No such project",
        "details": "project_not_found",
        "hint": "It does not exist or you are not a member.",
    }


def test_last_owner__cannot_leave(seed: Seed) -> None:
    response = seed.owner.rpc("remove_member", project=seed.project_id, user=seed.owner.id)
    assert (response.status_code, response.json()["details"]) == (409, "last_owner")
    seed.owner.call(
        "set_member_role", project=seed.project_id, user=seed.team["editor"].id, role="owner"
    )
    assert seed.owner.rpc("remove_member", project=seed.project_id, user=seed.owner.id).is_success


def test_invitation__is_for_the_invited_address_alone(seed: Seed) -> None:
    offer = seed.owner.call(
        "invite_member", project=seed.project_id, email="other@example.com", role="owner"
    )
    response = seed.team["stranger"].rpc("accept_invitation", invitation=offer["id"])
    assert (response.status_code, response.json()["details"]) == (404, "invitation_not_found")


def test_invitation__never_lowers_a_role(seed: Seed) -> None:
    seed.invite(seed.team["editor"], "viewer")
    [member] = seed.owner.rows(
        "project_members",
        project_id=f"eq.{seed.project_id}",
        user_id=f"eq.{seed.team['editor'].id}",
    )
    assert member["role"] == "editor"
