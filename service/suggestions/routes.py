"""Suggestions for the schema, and the prompt that the schema makes."""

from uuid import UUID

from fastapi import APIRouter, status

from service.extraction import prompt
from service.extraction.asking import answer_schema
from service.extraction.document_read import DocumentRead
from service.http.auth import Caller
from service.http.errors import RESPONSES
from service.suggestions.models import Preview, StartSuggestion, Suggestion

router = APIRouter(prefix="/v1", tags=["suggestions"], responses=RESPONSES)


@router.post(
    "/projects/{project_id}/suggestions",
    status_code=status.HTTP_202_ACCEPTED,
    description="Asks for suggestions, drawn from the listed documents or the first ones; "
    "none counts until a person takes it.",
)
async def start_suggestion(project_id: UUID, body: StartSuggestion, caller: Caller) -> Suggestion:
    """Queues the suggestion; the worker answers it."""
    wanted = body.model_dump(mode="json")
    row = await caller.call("start_suggestion", project=str(project_id), **wanted)
    return Suggestion.model_validate(row)


@router.get(
    "/documents/{document_id}/prompt",
    description="The exact messages and answer schema that a run would send now, "
    "where no variable is answered yet.",
)
async def preview_prompt(document_id: UUID, caller: Caller) -> Preview:
    """The question about the whole document, as it is sent."""
    row = await caller.call("read_prompt", document=str(document_id))
    read = DocumentRead.from_row(row)
    return Preview(
        messages=prompt.messages(read.context, read.variables, read.parsed),
        answer_schema=answer_schema(read.context, read.variables),
    )
