"""JSON that is equal for equal things, and its hash: how requests and cells are recognised."""

import hashlib
import json
import re
from typing import Any

_LINE_ENDS = re.compile("[\x85\u2028\u2029]")  # those that JSON leaves in place


def canonical(value: Any) -> str:
    """JSON that is equal for equal things, in one line."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return _LINE_ENDS.sub(lambda end: f"\\u{ord(end[0]):04x}", text)


def sha256(text: str) -> str:
    """In hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
