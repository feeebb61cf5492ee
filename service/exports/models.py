"""What export routes take and answer."""

from pydantic import BaseModel, ConfigDict

from service.database_contract import ExportsFormat, ExportsState
from service.database_types import PublicExports

_ID = "4a6b1f0e-2f0a-4c57-9a55-6d1f0b9f3a22"


class StartExport(BaseModel):
    """Which file to write."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"format": "csv"}]})

    format: ExportsFormat = "csv"


class Export(PublicExports):
    """An export as its row stands; when completed its file is `object_path` in bucket exports."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": _ID, "format": "csv", "state": "queued"}]})

    format: ExportsFormat
    state: ExportsState
