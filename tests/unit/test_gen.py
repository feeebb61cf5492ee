"""`scripts/gen`: which files it writes, and from what."""

import json
import shutil
from contextlib import nullcontext
from pathlib import Path

import pytest

from scripts.commands import gen, stack


def test_openapi__is_made_of_the_types_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for part in ("service", "scripts"):
        shutil.copytree(stack.ROOT / part, tmp_path / part)
    types = tmp_path / "service" / "generated" / "database_types.py"
    table = "class PublicExports(BaseModel):\n"
    assert table in types.read_text()
    types.write_text(types.read_text().replace(table, f"{table}    made_up: str\n"))
    monkeypatch.setattr(stack, "ROOT", tmp_path)

    schemas = json.loads(gen.FILES["docs/openapi.json"]())["components"]["schemas"]

    assert any("made_up" in schema.get("properties", {}) for schema in schemas.values())


def test_gen__names_the_files_that_it_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(stack, "ROOT", tmp_path)
    monkeypatch.setattr(stack, "borrowed", nullcontext)
    files = {"new": "a", "changed": "b", "same": "c"}
    monkeypatch.setattr(gen, "FILES", {name: lambda t=text: t for name, text in files.items()})
    (tmp_path / "changed").write_text("before")
    (tmp_path / "same").write_text("c")

    assert gen.main([]) == 0
    assert capsys.readouterr().out == "new\nchanged\n"
    assert {name: (tmp_path / name).read_text() for name in files} == files

    assert gen.main([]) == 0
    assert capsys.readouterr().out == "Generated files are as they should be.\n"
