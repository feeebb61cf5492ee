"""List and list-v2 through supabase-py."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.storage import PLAIN, Place, refused


def test_list__pages_sorts_and_searches_one_folder(bucket: Place, user: Any) -> None:
    for name in ["b.txt", "a.txt", "C.txt", "sub/x.txt", "sub/deep/y.txt", "suburb.txt"]:
        bucket.admin.upload(name, b"x", PLAIN)

    def names(path: str | None = None, **options: Any) -> list[str]:
        return [row["name"] for row in bucket.admin.list(path, options)]

    assert names() == ["a.txt", "b.txt", "C.txt", "sub", "suburb.txt"]
    assert names("sub") == names("sub/") == ["deep", "x.txt"]
    assert names(limit=2, offset=1) == ["b.txt", "C.txt"]
    assert names(sortBy={"column": "name", "order": "desc"})[0] == "suburb.txt"
    by_age = {"column": "created_at", "order": "desc"}
    assert names(sortBy=by_age) == ["sub", "suburb.txt", "C.txt", "a.txt", "b.txt"]
    assert names(search="SUB") == ["sub", "suburb.txt"]
    assert names("sub", search="x") == ["x.txt"]
    assert names("none") == []
    folder, file = bucket.admin.list("sub")
    assert folder["id"] is None
    assert folder["metadata"] is None
    assert file["metadata"]["size"] == 1
    assert bucket.of(user.client).list() == []
    with refused(400, "InvalidRequest"):
        bucket.admin.list(None, {"limit": 0})


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("column", ["name", "created_at", "updated_at"])
@pytest.mark.parametrize("with_delimiter", [True, False])
def test_list_v2__pages_reach_every_entry_once(
    bucket: Place, column: str, order: str, with_delimiter: bool
) -> None:
    for name in ["b.txt", "a.txt", "sub/x.txt", "sub/y.txt", "other/z.txt"]:
        bucket.admin.upload(name, b"x", PLAIN)
    options = {"with_delimiter": with_delimiter, "sortBy": {"column": column, "order": order}}
    whole = bucket.admin.list_v2(options)
    assert not whole.hasNext
    cursor: dict[str, Any] = {}
    folders: list[str] = []
    objects: list[str] = []
    for _ in range(5):
        page = bucket.admin.list_v2({**options, **cursor, "limit": 2})
        folders += [folder.name for folder in page.folders]
        objects += [file.name for file in page.objects]
        if not page.hasNext:
            break
        cursor = {"cursor": page.nextCursor}
    assert folders == [folder.name for folder in whole.folders]
    assert objects == [file.name for file in whole.objects]
    assert sorted(folders) == (["other/", "sub/"] if with_delimiter else [])
    assert len(objects) == (2 if with_delimiter else 5)


def test_list_v2__knows_prefixes_and_refuses_a_made_up_cursor(bucket: Place, user: Any) -> None:
    bucket.admin.upload("sub/deep/x.txt", b"x", PLAIN)
    below = bucket.admin.list_v2({"prefix": "sub/", "with_delimiter": True})
    assert [(folder.name, folder.key) for folder in below.folders] == [("sub/deep/", "deep")]
    assert [file.name for file in bucket.admin.list_v2({"prefix": "su"}).objects] == [
        "sub/deep/x.txt"
    ]
    assert bucket.of(user.client).list_v2().objects == []
    with refused(400, "InvalidRequest"):
        bucket.admin.list_v2({"cursor": "made up"})
