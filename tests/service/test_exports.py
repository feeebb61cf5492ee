"""Exports over HTTP and through the worker, on the real stack: what a member gets, and nobody
else.
"""

import asyncio
import csv
import io
import json
from typing import Any
from uuid import uuid4

import httpx
import openpyxl
import psycopg
import pytest

from service import worker as run
from service.documents import sweep_task as sweeps
from service.exports.write import FORMS
from tests.service.conftest import bearer, running_worker, worker_settings
from tests.support.seed import PAGE, Seed
from tests.support.waiting import until_async

ODD = "=cmd|' /C calc'!A0 / \"ü\" 東京.pdf"


def _exports(seed: Seed) -> list[dict[str, Any]]:
    return seed.owner.rows("exports", project_id=f"eq.{seed.project_id}", order="created_at")


async def _written(seed: Seed, stack: Any) -> list[dict[str, Any]]:
    """The exports of the project once a worker has ended them all."""
    async with running_worker(stack):
        done = await until_async(
            lambda: _exports(seed),
            lambda rows: all(row["state"] in ("completed", "failed") for row in rows),
        )
    return list(done)


def _file(seed: Seed, export: dict[str, Any], who: str = "viewer") -> httpx.Response:
    return seed.team[who].storage("GET", f"object/exports/{export['object_path']}")


def _start(seed: Seed, form: str = "csv", **options: Any) -> str:
    made: str = seed.owner.call(
        "start_export", project=seed.project_id, format=form, options=options
    )["id"]
    return made


def filled(seed: Seed, *cells: dict[str, Any], names: tuple[str, ...] = ("a.pdf",)) -> None:
    """A finished run over documents: each gets one cell of variable total for each of `cells`."""
    variable = seed.variable()
    for name in names:
        seed.document(name)
    seed.owner.call("start_job", project=seed.project_id)
    for task in seed.claim("extract", 50):
        given = [seed.cell(variable, row_index=row, **changes) for row, changes in enumerate(cells)]
        seed.worker.call("finish_extract", **seed.held(task), extractor="model", extractions=given)


async def test_export__every_form_in_one_go(seed: Seed, stack: Any, api: httpx.AsyncClient) -> None:
    """E-EXP-01, E-EXP-03, E-EXP-07, E-EXP-10: after a run every form holds each unit, under any
    name.
    """
    filled(seed, {}, {"value": 7, "verified": False, "evidence": "fuzzy"}, names=(ODD, "b.pdf"))
    url = f"/v1/projects/{seed.project_id}/exports"
    for form in FORMS:
        response = await api.post(url, json={"format": form}, headers=bearer(seed.team["viewer"]))
        assert (response.status_code, response.json()["state"]) == (202, "queued")
    rows = await _written(seed, stack)
    assert {(row["state"], row["row_count"]) for row in rows} == {("completed", 4)}
    assert all(row["warnings"] == [] for row in rows)
    files = {row["format"]: _file(seed, row).content for row in rows}
    wide = list(csv.DictReader(io.StringIO(files["csv"].decode())))
    assert [(row["document"], row["row"], row["total"], row["total_status"]) for row in wide] == [
        (f"'{ODD}", "1", "12.5", "proven"),
        (f"'{ODD}", "2", "7", "unproven"),
        ("b.pdf", "1", "12.5", "proven"),
        ("b.pdf", "2", "7", "unproven"),
    ]
    lines = [json.loads(line) for line in files["jsonl"].decode().splitlines()]
    assert [row["values"]["total"]["value"] for row in lines] == [12.5, 7, 12.5, 7]
    assert json.loads(files["json"])["rows"] == lines
    assert [row["value"] for row in csv.DictReader(io.StringIO(files["csv_long"].decode()))] == [
        "12.5",
        "7",
    ] * 2
    book = openpyxl.load_workbook(io.BytesIO(files["xlsx"]))
    assert book.sheetnames == ["data", "codebook", "quality", "documents"]
    assert [row[0] for row in book["data"].iter_rows(min_row=2, values_only=True)] == [
        ODD,
        ODD,
        "b.pdf",
        "b.pdf",
    ]


async def test_export__codebook_and_quality_are_counted_by_hand(seed: Seed, stack: Any) -> None:
    """E-EXP-05: counts, average confidence, share flagged and share null, absent and failed cells
    included.
    """
    nothing = {
        "value": None,
        "verified": False,
        "evidence": "none",
        "quote": None,
        "confidence": 0.0,
    }
    filled(
        seed,
        {"confidence": 0.9},
        {"confidence": 0.5, "flags": ["ambiguous_number"], "verified": False},
        nothing | {"state": "absent", "absent_reason": "illegible"},
        nothing | {"state": "failed", "flags": ["no_answer"]},
    )
    _start(seed, "json")
    [export] = await _written(seed, stack)
    told = json.loads(_file(seed, export).content)
    [book] = told["codebook"]
    counted = {
        name: book[name]
        for name in ("cells", "values", "nulls", "failed", "flagged", "verified", "corrected")
    }
    assert counted == {
        "cells": 4,
        "values": 2,
        "nulls": 1,
        "failed": 1,
        "flagged": 2,
        "verified": 1,
        "corrected": 0,
    }
    assert book["average_confidence"] == pytest.approx(0.7)
    assert (book["share_nulls"], book["share_flagged"], book["label"]) == (0.25, 0.5, "Total")
    quality = {(what, which): count for what, which, count in told["quality"]}
    assert quality[("documents", "ready")] == quality[("pages", "all")] == 1
    assert (quality[("failed values", "no_answer")], quality[("evidence", "none")]) == (1, 2)
    assert [row["values"]["total"]["status"] for row in told["rows"]] == [
        "proven",
        "unproven",
        "absent: illegible",
        "failed",
    ]
    assert export["warnings"] == ["failed_values"]


async def test_export__says_which_pages_were_not_read_and_what_failed(
    seed: Seed, stack: Any
) -> None:
    """E-EXP-05: unread pages by number, failed documents by code, on the rows and as warnings."""
    pages = [
        PAGE | {"words": [], "number": n, "source": "none" if n > 1 else "text"} for n in (1, 2, 3)
    ]
    ids = [seed.register(*seed.upload(), name=name)["document_id"] for name in ("a.pdf", "b.pdf")]
    for task in seed.claim("parse", 50):
        if task["document_id"] == ids[0]:
            parsed = {"pages": pages, "zones": [], "flags": [], "text_hash": "t", "word_count": 0}
            seed.worker.call("finish_parse", **seed.held(task), parsed=parsed)
        else:
            seed.worker.call("fail_task", **seed.held(task), code="corrupt")
    _start(seed, "csv")
    [export] = await _written(seed, stack)
    rows = list(csv.DictReader(io.StringIO(_file(seed, export).text)))
    assert [(row["document_state"], row["unread_pages"], row["failure_code"]) for row in rows] == [
        ("ready", "2; 3", ""),
        ("failed", "", "corrupt"),
    ]
    assert export["warnings"] == ["failed_documents", "unread_pages"]


@pytest.mark.parametrize("form", FORMS)
async def test_export__nothing_left_is_a_header_and_a_warning(
    form: str, seed: Seed, stack: Any
) -> None:
    """E-EXP-06: a threshold that nothing reaches gives a header-only file, and the row of the
    export says so.
    """
    filled(seed, {})
    _start(seed, form, min_confidence=1)
    [export] = await _written(seed, stack)
    assert (export["state"], export["row_count"], export["warnings"]) == ("completed", 0, ["empty"])
    content = _file(seed, export).content
    match form:
        case "xlsx":
            assert openpyxl.load_workbook(io.BytesIO(content))["data"].max_row == 1
        case "json":
            assert json.loads(content)["rows"] == []
        case "jsonl":
            assert content == b""
        case _:
            assert content.startswith(b"document,")
            assert content.count(b"\n") == 1


async def test_export__of_an_unchanged_table_is_the_same_file(seed: Seed, stack: Any) -> None:
    """E-EXP-10: two at once are two files, and the same bytes."""
    filled(seed, {}, names=("a.pdf", "b.pdf"))
    for form in ("xlsx", "csv", "xlsx", "csv"):
        _start(seed, form)
    rows = await _written(seed, stack)
    assert len({row["object_path"] for row in rows}) == 4
    assert len({row["sha256"] for row in rows}) == 2
    assert len({_file(seed, row).content for row in rows}) == 2


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"unknown": 1}, "option_unknown"),
        ({"variables": ["nobody"]}, "variable_unknown"),
        ([], "option_unknown"),
    ],
)
def test_verb__refuses_options_it_does_not_know(options: Any, code: str, seed: Seed) -> None:
    """E-EXP-04: a word that is no option is refused, not passed over."""
    response = seed.owner.rpc("start_export", project=seed.project_id, options=options)
    assert (response.status_code, response.json()["details"]) == (422, code)


async def test_route__refuses_options_it_does_not_know(seed: Seed, api: httpx.AsyncClient) -> None:
    """E-EXP-04: the route says the same, and refuses values that no option has."""
    url, headers = f"/v1/projects/{seed.project_id}/exports", bearer(seed.owner)
    for options in ({"unknown": 1}, {"min_confidence": 7}, {"delimiter": "x"}):
        response = await api.post(url, json={"options": options}, headers=headers)
        assert response.status_code == 422
    assert _exports(seed) == []


async def test_export__with_options_that_make_no_sense_fails_with_a_code(
    seed: Seed, stack: Any
) -> None:
    _start(seed, "csv", min_confidence="much")
    [export] = await _written(seed, stack)
    assert (export["state"], export["failure_code"]) == ("failed", "options_invalid")


async def test_download__is_for_members_and_holders_of_a_fresh_link(seed: Seed, stack: Any) -> None:
    """E-EXP-09: another tenant, no token, an old link and a guessed one are refused; a member's
    link works.
    """
    _start(seed)
    [export] = await _written(seed, stack)
    path = f"exports/{export['object_path']}"
    for who in ("owner", "editor", "reviewer", "viewer"):
        assert _file(seed, export, who).is_success
    for who in ("stranger", "anonymous"):
        assert _file(seed, export, who).is_error
        assert (
            seed.team[who].storage("POST", f"object/sign/{path}", json={"expiresIn": 60}).is_error
        )
    base = f"{stack.api_url}/storage/v1"
    async with httpx.AsyncClient() as nobody:
        assert (await nobody.get(f"{base}/object/{path}")).is_error
        assert (await nobody.get(f"{base}/object/public/{path}")).is_error
        link = (
            seed.team["viewer"]
            .storage("POST", f"object/sign/{path}", json={"expiresIn": 60})
            .json()["signedURL"]
        )
        assert (await nobody.get(base + link)).content == _file(seed, export).content
        assert (await nobody.get(base + link[:-2] + "xx")).is_error
        other = link.replace(export["id"], str(uuid4()))
        assert (await nobody.get(base + other)).is_error
        old = seed.owner.storage("POST", f"object/sign/{path}", json={"expiresIn": 1}).json()[
            "signedURL"
        ]
        async with asyncio.timeout(30):
            while (await nobody.get(base + old)).is_success:
                pass


async def test_sweep__removes_expired_files_and_then_their_rows(seed: Seed, stack: Any) -> None:
    """E-EXP-09: an export that expired is gone, file and row, and its link with it; the others
    stay.
    """
    _start(seed)
    _start(seed)
    old, new = await _written(seed, stack)
    path = f"exports/{old['object_path']}"
    link = seed.owner.storage("POST", f"object/sign/{path}", json={"expiresIn": 600}).json()[
        "signedURL"
    ]
    with psycopg.connect(stack.db_url) as admin:
        admin.execute("update public.exports set expires_at = now() where id = %s", [old["id"]])
        admin.execute(
            "update storage.objects set created_at = now() - interval '2 hours'"
            " where bucket_id = 'exports'"
        )
    async with run.connect(worker_settings(stack)) as (verbs, files):
        await sweeps.sweep_unclaimed(verbs, files)
        assert _file(seed, old).is_error
        await sweeps.sweep_unclaimed(verbs, files)
    async with httpx.AsyncClient() as nobody:
        assert (await nobody.get(f"{stack.api_url}/storage/v1{link}")).is_error
    assert [row["id"] for row in _exports(seed)] == [new["id"]]
    assert _file(seed, new).is_success
