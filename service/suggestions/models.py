"""What suggestion routes take and answer."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from service.generated.contract import SchemaSuggestionsKind, SchemaSuggestionsState
from service.generated.database_types import PublicSchemaSuggestions


class StartSuggestion(BaseModel, extra="forbid"):
    """What to suggest: variables, the row unit, or instructions for one variable."""

    kind: SchemaSuggestionsKind
    documents: list[UUID] | None = Field(None, min_length=1, max_length=20)
    variable: UUID | None = Field(None, description="For instructions: the variable.")


class Suggestion(PublicSchemaSuggestions):
    """A suggestion as its row stands; its answer then comes by Realtime on `project:<id>`."""

    kind: SchemaSuggestionsKind
    state: SchemaSuggestionsState


class Preview(BaseModel):
    """What a model would be sent about a document."""

    messages: list[dict[str, str]]
    answer_schema: dict[str, Any] = Field(description="The JSON schema that the answer must fit.")
