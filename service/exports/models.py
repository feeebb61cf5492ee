"""What export routes take and answer."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from service.database_contract import ExportsFormat, ExportsState

_ID = "4a6b1f0e-2f0a-4c57-9a55-6d1f0b9f3a22"


class ExportOptions(BaseModel):
    """What a file carries beside the values."""

    model_config = ConfigDict(extra="forbid")

    evidence: bool = Field(True, description="Columns for quote, page, box and confidence.")


class StartExport(BaseModel):
    """Which file to write."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"format": "csv"}]})

    format: ExportsFormat = "csv"
    options: ExportOptions = ExportOptions()


class Export(BaseModel):
    """An export as its row stands; when completed its file is `object_path` in bucket exports."""

    model_config = ConfigDict(extra="ignore")

    id: UUID = Field(examples=[_ID])
    project_id: UUID = Field(examples=[_ID])
    format: ExportsFormat = Field(examples=["csv"])
    state: ExportsState = Field(examples=["queued"])
    object_path: str | None = None
    created_at: datetime
    expires_at: datetime
