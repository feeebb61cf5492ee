"""The gateway's memory stays flat while 200 MB go up, raw and in a form, and come down."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.storage import Place

pytestmark = pytest.mark.local

MB = 1 << 20
BIG = 200 * MB
MOST_GROWTH = 40 * MB


class Memory:
    """What the gateway process holds, and the most it held while this looked."""

    def __init__(self, state_dir: Path) -> None:
        pid = json.loads((state_dir / "stack.json").read_text())["parts"]["gateway"]["pid"]
        self.status = Path(f"/proc/{pid}/status")
        self.before = self.most = self.now()

    def now(self) -> int:
        lines = dict(line.split(":", 1) for line in self.status.read_text().splitlines())
        return int(lines["VmRSS"].split()[0]) * 1024

    def look(self) -> None:
        self.most = max(self.most, self.now())

    @property
    def growth(self) -> int:
        self.look()
        return self.most - self.before


class Body:
    """A file of `size` bytes that is never whole in memory, and looks at `memory` as it is read."""

    def __init__(self, size: int, memory: Memory) -> None:
        self.size, self.memory, self.at = size, memory, 0

    def read(self, most: int = -1) -> bytes:
        count = min(self.size - self.at, most if most >= 0 else self.size)
        self.at += count
        if self.at % (10 * MB) < count:
            self.memory.look()
        return b"d" * count

    def seek(self, at: int, whence: int = 0) -> int:
        self.at = self.size + at if whence == 2 else at
        return self.at

    def tell(self) -> int:
        return self.at

    def __iter__(self) -> Iterator[bytes]:
        while block := self.read(256 << 10):
            yield block


@pytest.mark.parametrize("form", [False, True], ids=["raw", "form"])
def test_memory__stays_flat_on_200_mb_up_and_down(
    bucket: Place, people: Any, service: dict[str, str], form: bool
) -> None:
    url = f"{people.stack.api_url}/storage/v1/object/{bucket.id}/big.bin"
    bucket.admin.upload("warm.bin", b"x" * MB)
    memory = Memory(people.stack.state_dir)
    body: Any = Body(BIG, memory)
    content: Any = {"files": {"file": ("big.bin", body)}} if form else {"content": iter(body)}
    sent = people.http.post(url, headers=service, **content)
    assert sent.status_code == 200, sent.text
    digest, size = hashlib.md5(), 0
    with people.http.stream("GET", url, headers=service) as answer:
        for chunk in answer.iter_bytes(MB):
            digest.update(chunk)
            size += len(chunk)
            if size % (10 * MB) < len(chunk):
                memory.look()
    assert size == BIG
    assert answer.headers["etag"] == f'"{digest.hexdigest()}"'
    assert memory.growth < MOST_GROWTH
