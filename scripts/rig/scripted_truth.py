"""How the scripted model reads a prompt, and how it answers from truth files: verbatim, from the right zone."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ZONE = re.compile(r"^\[(\d+)\] (.*(?:\n    .*)*)", re.MULTILINE)
_PAGE = re.compile(r"^--- page (\d+) ---$", re.MULTILINE)


@dataclass(frozen=True)
class PrintedZone:
    """A zone as the prompt shows it, blanks made single."""

    number: int
    page: int
    text: str


@dataclass(frozen=True)
class Prompt:
    """What a request asks."""

    variables: list[dict[str, Any]]
    zones: list[PrintedZone]
    text: str

    @classmethod
    def of(cls, body: dict[str, Any]) -> "Prompt":
        """Read back from the messages of a request."""
        system, user = (message["content"] for message in body["messages"])
        asked = system.partition("\nVariables:\n")[2].splitlines()
        pages = [(match.start(), int(match[1])) for match in _PAGE.finditer(user)]
        zones = [
            PrintedZone(
                int(match[1]),
                max((number for at, number in pages if at < match.start()), default=1),
                " ".join(match[2].split()),
            )
            for match in _ZONE.finditer(user)
        ]
        return cls([json.loads(line) for line in asked], zones, " ".join(user.split()))

    @property
    def keys(self) -> list[str]:
        """The keys asked for, in order."""
        return [variable["key"] for variable in self.variables]


def truthful(folder: Path) -> Callable[[Prompt], dict[str, Any]]:
    """Answers each document from the truth file whose values it prints most of."""
    truths = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    known = [truth["fields"] for truth in truths if "fields" in truth]

    def answer(prompt: Prompt) -> dict[str, Any]:
        fields = max(known, key=lambda fields: _printed(prompt, fields))
        return {v["key"]: _answer(prompt, v, fields.get(v["key"], {})) for v in prompt.variables}

    return answer


def absent(reason: str = "absent") -> dict[str, Any]:
    """There is no value."""
    return {"value": None, "quote": None, "zone": None, "reason": reason}


def _printed(prompt: Prompt, fields: dict[str, Any]) -> float:
    raws = [" ".join(field["raw"].split()) for field in fields.values() if field.get("raw")]
    return sum(raw in prompt.text for raw in raws) / len(raws) if raws else 0


def _answer(prompt: Prompt, variable: dict[str, Any], truth: dict[str, Any]) -> Any:
    given = absent() if truth.get("raw") is None else _verbatim(prompt, variable, truth)
    if variable.get("multiple"):
        return [given] if given["value"] is not None else []
    return given


def _verbatim(prompt: Prompt, variable: dict[str, Any], truth: dict[str, Any]) -> dict[str, Any]:
    raw = " ".join(truth["raw"].split())
    said = " ".join(f"{truth.get('context', '')} {raw}".split())
    value = truth["value"] if variable["type"] in ("boolean", "category") else truth["raw"]
    here = [zone for zone in prompt.zones if zone.page == truth.get("page", 1)]
    for quote, zones in ((said, here), (raw, here), (said, prompt.zones), (raw, prompt.zones)):
        for zone in zones:
            if re.search(rf"(?<!\w){re.escape(quote)}(?!\w)", zone.text):
                return {"value": value, "quote": quote, "zone": zone.number, "reason": None}
    return {"value": value, "quote": truth["raw"], "zone": None, "reason": None}
