"""What others know of a model.

Messages and a schema go in, what `read` makes of the answer comes out.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from pydantic import JsonValue

from service.queue.task import Task

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


# The model of a task; the text is the request id that its calls carry.
ModelOf = Callable[[Task, str], JsonModel]


def model_identity(name: str, max_output_tokens: int) -> dict[str, JsonValue]:
    """What the answers of a model depend on, as every request names it."""
    return {"model": name, "temperature": 0, "max_tokens": max_output_tokens}
