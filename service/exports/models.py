"""What export routes take and answer."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from service.database_contract import ExportsFormat, ExportsState
from service.database_types import PublicExports


class Options(BaseModel):
    """What the file holds and how it is written. A column that is not asked for is not there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    evidence: bool = Field(True, description="Columns verified, quote, page, box and evidence.")
    confidence: bool = Field(False, description="Column confidence.")
    source: bool = Field(False, description="Columns origin and model.")
    versions: bool = Field(False, description="Column version: the number of the schema version that was asked with.")
    min_confidence: float | None = Field(None, ge=0, le=1, description="Leaves out values below; never a judged one.")
    flagged: Literal["only", "without"] | None = Field(None, description="Flagged values alone, or all others.")
    variables: list[str] | None = Field(None, min_length=1, max_length=50, description="Keys; all when absent.")
    layout: Literal["wide", "long"] = Field("wide", description="One row a unit, or one row a value.")
    delimiter: Literal[",", ";", "\t", "|"] = Field(",", description="CSV: between columns.")
    decimal: Literal[".", ","] = Field(".", description="CSV: decimal mark.")
    dates: Literal["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y"] = Field("%Y-%m-%d", description="CSV: whole dates.")
    bom: bool = Field(False, description="CSV: begin with a byte order mark, so that Excel reads UTF-8.")

    @model_validator(mode="after")
    def _marks_differ(self) -> Self:
        if self.delimiter == self.decimal:
            raise ValueError("delimiter and decimal mark are the same")
        return self


class StartExport(BaseModel):
    """Which file to write. `csv_long` is `csv` with layout long."""

    model_config = ConfigDict(extra="forbid")

    format: ExportsFormat = "csv"
    options: Options = Options()


class Export(PublicExports):
    """An export as its row stands; when completed its file is `object_path` in bucket exports."""

    format: ExportsFormat
    state: ExportsState
