"""Storage for tests: a bucket of a test's own, its policies, and the shape of a refusal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from storage3.exceptions import StorageApiError

PLAIN = {"content-type": "text/plain"}
RLS = (403, "Unauthorized", "new row violates row-level security policy")
CHECKED = {"insert": "with check", "select": "using", "update": "using", "delete": "using"}


class Upsert:
    """What create_signed_upload_url reads of its options."""

    upsert = "true"


@contextmanager
def refused(status: int, error: str, message: str | None = None) -> Iterator[None]:
    """The call inside is refused with this true status and this `error` word."""
    with pytest.raises(StorageApiError) as caught:
        yield
    assert (int(caught.value.status), caught.value.code) == (status, error)
    assert message is None or caught.value.message == message


@dataclass(frozen=True)
class Place:
    """A bucket made for one test, as its maker and as its users see it."""

    id: str
    people: Any

    def of(self, who: Any) -> Any:
        """The bucket for the holder of a client."""
        return who.storage.from_(self.id)

    @property
    def admin(self) -> Any:
        """The bucket for the service role."""
        return self.of(self.people.client(self.people.stack.secret_key))

    def kept(self, version: str) -> bool:
        """Whether the local Storage still has the bytes of a version."""
        folder = self.people.stack.state_dir / "storage" / "objects"
        return bool((folder / version).exists())

    def allow(self, *verbs: str, rule: str = "true") -> Place:
        """Let signed-in users do `verbs` to objects of this bucket that `rule` holds for."""
        for verb in verbs:
            self.people.sql(
                f'create policy "{self.id}_{verb}" on storage.objects for {verb} to authenticated'
                f" {CHECKED[verb]} (bucket_id = '{self.id}' and ({rule}))"
            )
        return self
