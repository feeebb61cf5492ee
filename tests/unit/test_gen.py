"""`scripts/gen`: which files it writes, and from what."""

import json
import shutil
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
