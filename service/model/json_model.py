"""What others know of a model: messages and a schema go in, what `read` makes of the answer comes out."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar

from pydantic import JsonValue

Message = dict[str, str]
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Read(Protocol[T_co]):
    """Makes something of the text of an answer. Raises `ModelError` where the text is of no use."""

    def __call__(self, raw: str, *, cut: bool) -> T_co:
        """What the answer says; `cut`: it breaks off."""


class JsonModel(Protocol):
    """A model as one task asks it."""

    @property
    def identity(self) -> Mapping[str, JsonValue]:
        """What its answers depend on."""

    async def ask_json(
        self,
        messages: Sequence[Message],
        schema: dict[str, Any],
        read: Read[T],
        variables: int = 0,
    ) -> T:
        """What `read` makes of the answer. Raises `ModelError`; `NotNow` says when to come back."""
