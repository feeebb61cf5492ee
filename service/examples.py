"""Examples of the OpenAPI document: examples.json holds them by the name of their schema, rows as a whole."""

import json
from pathlib import Path
from typing import Any

EXAMPLES: dict[str, list[Any]] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))


def examples(schema: dict[str, Any], model: type) -> None:
    """For `json_schema_extra`: shows the examples of `model`."""
    schema["examples"] = EXAMPLES[model.__name__]
