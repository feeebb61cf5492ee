"""How the scripted model reads a prompt, and answers from truth files: verbatim, with the zone."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ZONE_OR_PAGE = re.compile(
    r"""
    ^---[ ]page[ ](?P<page>\d+)[ ]---$
    | ^\[(?P<zone>\d+)\][ ]
      (?P<text> .* (?: \n[ ]{4}.* )* )  # lines that go on are indented
    """,
    re.VERBOSE | re.MULTILINE,
)


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
        variables = [json.loads(line) for line in asked]
        return cls(variables, _printed_zones(user), " ".join(user.split()))

    @property
    def keys(self) -> list[str]:
        """The keys asked for, in order."""
        return [variable["key"] for variable in self.variables]


def _printed_zones(text: str) -> list[PrintedZone]:
    zones = []
    page = 1
    for line in _ZONE_OR_PAGE.finditer(text):
        if line["page"]:
            page = int(line["page"])
        else:
            zones.append(PrintedZone(int(line["zone"]), page, " ".join(line["text"].split())))
    return zones


def truthful(folder: Path) -> Callable[[Prompt], dict[str, Any]]:
    """Answers each document from the truth file whose values it prints most of."""
    truths = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    known = [truth["fields"] for truth in truths if "fields" in truth]

    def answer(prompt: Prompt) -> dict[str, Any]:
        fields = max(known, key=lambda fields: _printed_share(prompt, fields))
        return {
            variable["key"]: _answer_for(prompt, variable, fields.get(variable["key"], {}))
            for variable in prompt.variables
        }

    return answer


def absent(reason: str = "absent") -> dict[str, Any]:
    """There is no value."""
    return {"value": None, "quote": None, "zone": None, "reason": reason}


def _printed_share(prompt: Prompt, fields: dict[str, Any]) -> float:
    raws = [" ".join(field["raw"].split()) for field in fields.values() if field.get("raw")]
    if not raws:
        return 0
    return sum(raw in prompt.text for raw in raws) / len(raws)


def _answer_for(prompt: Prompt, variable: dict[str, Any], truth: dict[str, Any]) -> Any:
    is_absent = truth.get("raw") is None
    if variable.get("multiple"):
        return [] if is_absent else [_quoted_answer(prompt, variable, truth)]
    return absent() if is_absent else _quoted_answer(prompt, variable, truth)


def _quoted_answer(
    prompt: Prompt, variable: dict[str, Any], truth: dict[str, Any]
) -> dict[str, Any]:
    raw = " ".join(truth["raw"].split())
    with_label = " ".join(f"{truth.get('context', '')} {raw}".split())
    is_choice = variable["type"] in ("boolean", "category")
    value = truth["value"] if is_choice else truth["raw"]
    on_page = [zone for zone in prompt.zones if zone.page == truth.get("page", 1)]
    for quote, zones in (
        (with_label, on_page),
        (raw, on_page),
        (with_label, prompt.zones),
        (raw, prompt.zones),
    ):
        for zone in zones:
            if re.search(rf"(?<!\w){re.escape(quote)}(?!\w)", zone.text):
                return {"value": value, "quote": quote, "zone": zone.number, "reason": None}
    return {"value": value, "quote": truth["raw"], "zone": None, "reason": None}
