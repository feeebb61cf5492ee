"""What `read` and `judge` say to a person: short, and without boxes."""

import json
from typing import Any

_Answer = dict[str, Any]


def describe_read(answer: _Answer) -> str:
    """A document as a model is shown it, with its size and flags; or the rows of a table."""
    if "refused" in answer:
        return _describe_refusal(answer)
    if "rows" in answer:
        rows = [" | ".join(row) for row in answer["rows"]]
        return "\n".join(
            [f"{_name(answer)}, {len(rows)} rows", " | ".join(answer["columns"]), *rows]
        )
    pages = answer["pages"]
    words = sum(len(page["words"]) for page in pages)
    lines = [f"{_name(answer)}, {len(pages)} pages, {len(answer['zones'])} zones, {words} words"]
    if answer["flags"]:
        lines.append(f"flags: {', '.join(answer['flags'])}")
    if answer["unread_pages"]:
        lines.append(f"unread pages: {', '.join(map(str, answer['unread_pages']))}")
    return "\n".join([*lines, answer["shown_text"]])


def describe_judgement(answer: _Answer) -> str:
    """A line a cell, and its quote below."""
    notes = [f"note: {note}" for note in answer["notes"]]
    if "refused" in answer:
        return "\n".join([_describe_refusal(answer), *notes])
    return "\n".join([*map(_describe_cell, answer["cells"]), *notes])


def _describe_cell(cell: _Answer) -> str:
    value = json.dumps(cell["value"], ensure_ascii=False)
    facts = [cell["state"], "verified" if cell["verified"] else "not verified", cell["evidence"]]
    if cell["page"]:
        facts.append(f"page {cell['page']}")
    facts.append(f"confidence {cell['confidence']:.2f}")
    row = f"{cell['row_index']}. {cell['entity']}: " if cell["entity"] else ""
    lines = [f"{row}{cell['key']}: {value} ({', '.join([*facts, *cell['flags']])})"]
    if cell["quote"]:
        lines.append(f"    {json.dumps(cell['quote'], ensure_ascii=False)}")
    return "\n".join(lines)


def _describe_refusal(answer: _Answer) -> str:
    refused = answer["refused"]
    return f"{answer['file']}: refused: {refused['code']}: {refused['detail']}"


def _name(answer: _Answer) -> str:
    return f"{answer['file']}: {answer['media_type']}"
