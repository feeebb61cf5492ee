"""Both buckets by every persona, over Storage itself."""

from uuid import uuid4

import pytest

from scripts.rig.people import PERSONAS
from tests.support.seed import Seed

MEMBERS = {"owner", "editor", "reviewer", "viewer"}
EDITORS = {"owner", "editor"}
PDF = {"Content-Type": "application/pdf"}


@pytest.mark.parametrize("persona", PERSONAS)
def test_upload__by_persona(persona: str, full: Seed) -> None:
    path = f"object/documents/{full.project_id}/{uuid4()}"
    response = full.team[persona].storage("POST", path, content=b"%PDF-1.4", headers=PDF)
    assert response.is_success is (persona in EDITORS)


@pytest.mark.parametrize("persona", PERSONAS)
def test_upload__exports_is_written_by_the_worker_alone(persona: str, full: Seed) -> None:
    path = f"object/exports/{full.project_id}/{uuid4()}.csv"
    headers = {"Content-Type": "text/csv"}
    assert full.team[persona].storage("POST", path, content=b"a", headers=headers).is_error
    assert full.worker.storage("POST", path, content=b"a", headers=headers).is_success


@pytest.mark.parametrize("bucket", ["documents", "exports"])
@pytest.mark.parametrize("persona", PERSONAS)
def test_download__by_persona(bucket: str, persona: str, full: Seed) -> None:
    path = f"{full.project_id}/{uuid4()}"
    headers = PDF if bucket == "documents" else {"Content-Type": "text/csv"}
    assert full.worker.storage(
        "POST", f"object/{bucket}/{path}", content=b"x", headers=headers
    ).is_success
    response = full.team[persona].storage("GET", f"object/{bucket}/{path}")
    assert response.is_success is (persona in MEMBERS)
    if persona in MEMBERS:
        assert response.content == b"x"


@pytest.mark.parametrize("persona", PERSONAS)
def test_list__by_persona(persona: str, full: Seed) -> None:
    full.upload()
    body = {"prefix": full.project_id, "limit": 10, "offset": 0}
    listed = full.team[persona].storage("POST", "object/list/documents", json=body).json()
    assert bool(listed) is (persona in MEMBERS)


@pytest.mark.parametrize("persona", PERSONAS)
def test_remove__only_the_uploader_and_only_what_is_not_registered(
    persona: str, full: Seed
) -> None:
    free, _ = full.upload(by=full.team["editor"])
    removed = full.team[persona].storage("DELETE", "object/documents", json={"prefixes": [free]})
    gone = removed.is_success and len(removed.json()) == 1
    assert gone is (persona == "editor")


def test_remove__a_registered_document_stays(seed: Seed) -> None:
    path, content = seed.upload()
    seed.register(path, content)
    removed = seed.owner.storage("DELETE", "object/documents", json={"prefixes": [path]})
    assert removed.json() == []
    assert seed.owner.storage("GET", f"object/documents/{path}").content == content


@pytest.mark.parametrize("path", ["loose.pdf", "not-a-uuid/x", "../x", "{project}/a/b"])
def test_upload__outside_a_project_is_refused(path: str, full: Seed) -> None:
    target = path.format(project=full.project_id)
    response = full.owner.storage(
        "POST", f"object/documents/{target}", content=b"%PDF", headers=PDF
    )
    assert response.is_error


@pytest.mark.parametrize("persona", PERSONAS)
def test_buckets__nobody_makes_or_changes_one(persona: str, full: Seed) -> None:
    name = f"b-{uuid4().hex}"
    assert (
        full.team[persona]
        .storage("POST", "bucket", json={"id": name, "name": name, "public": True})
        .is_error
    )
    assert full.team[persona].storage("PUT", "bucket/documents", json={"public": True}).is_error
    assert full.team[persona].storage("DELETE", "bucket/exports").is_error
