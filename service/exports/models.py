"""What export routes take and answer."""

from pydantic import BaseModel, ConfigDict

from service.database_contract import ExportsFormat, ExportsState
from service.database_types import PublicExports


class StartExport(BaseModel):
    """Which file to write."""

    model_config = ConfigDict(extra="forbid")

    format: ExportsFormat = "csv"


class Export(PublicExports):
    """An export as its row stands; when completed its file is `object_path` in bucket exports."""

    format: ExportsFormat
    state: ExportsState
