"""What export routes take and answer."""

from typing import Literal

from pydantic import BaseModel, Field

from service.generated.contract import ExportsFormat, ExportsState
from service.generated.database_types import PublicExports


class Options(BaseModel, extra="forbid", frozen=True):
    """What the file holds and how it is written. A column that is not asked for is not there."""

    evidence: bool = Field(True, description="Columns verified, quote, page, box and evidence.")
    confidence: bool = Field(False, description="Column confidence.")
    source: bool = Field(False, description="Columns origin and model.")
    versions: bool = Field(
        False, description="Column version: the number of the schema version that was asked with."
    )
    min_confidence: float | None = Field(
        None, ge=0, le=1, description="Leaves out values below; never a judged one."
    )
    flagged: Literal["only", "without"] | None = Field(
        None, description="Flagged values alone, or all others."
    )
    variables: list[str] | None = Field(
        None, min_length=1, max_length=50, description="Keys; all when absent."
    )
    delimiter: Literal[",", ";", "\t", "|"] = Field(",", description="CSV: between columns.")
    bom: bool = Field(
        False, description="CSV: begin with a byte order mark, so that Excel reads UTF-8."
    )


class StartExport(BaseModel, extra="forbid"):
    """Which file to write: `csv` has one row a unit, `csv_long` one row a value."""

    format: ExportsFormat = "csv"
    options: Options = Options()


class Export(PublicExports):
    """An export as its row stands; when completed its file is `object_path` in bucket exports."""

    format: ExportsFormat
    state: ExportsState
