from __future__ import annotations

import datetime
import uuid
from typing import (
    Annotated,
    Any,
    List,
    Literal,
    Optional,
    TypedDict,
)
from typing_extensions import NotRequired, TypeAlias

from pydantic import BaseModel, Field, JsonValue

StorageBuckettype: TypeAlias = Literal["STANDARD", "ANALYTICS", "VECTOR"]

class PublicComparisonAnswers(BaseModel):
    candidate: int = Field(alias="candidate")
    confidence: float = Field(alias="confidence")
    created_at: datetime.datetime = Field(alias="created_at")
    evidence: str = Field(alias="evidence")
    extraction_id: uuid.UUID = Field(alias="extraction_id")
    held_out: bool = Field(alias="held_out")
    is_right: Optional[bool] = Field(alias="is_right")
    project_id: uuid.UUID = Field(alias="project_id")
    quote: Optional[str] = Field(alias="quote")
    state: str = Field(alias="state")
    suggestion_id: uuid.UUID = Field(alias="suggestion_id")
    value: Optional[JsonValue] = Field(alias="value")
    verified: bool = Field(alias="verified")

class PublicComparisonAnswersInsert(TypedDict):
    candidate: Annotated[int, Field(alias="candidate")]
    confidence: Annotated[float, Field(alias="confidence")]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    evidence: Annotated[str, Field(alias="evidence")]
    extraction_id: Annotated[uuid.UUID, Field(alias="extraction_id")]
    held_out: Annotated[bool, Field(alias="held_out")]
    is_right: NotRequired[Annotated[Optional[bool], Field(alias="is_right")]]
    project_id: Annotated[uuid.UUID, Field(alias="project_id")]
    quote: NotRequired[Annotated[Optional[str], Field(alias="quote")]]
    state: Annotated[str, Field(alias="state")]
    suggestion_id: Annotated[uuid.UUID, Field(alias="suggestion_id")]
    value: NotRequired[Annotated[Optional[JsonValue], Field(alias="value")]]
    verified: Annotated[bool, Field(alias="verified")]

class PublicComparisonAnswersUpdate(TypedDict):
    candidate: NotRequired[Annotated[int, Field(alias="candidate")]]
    confidence: NotRequired[Annotated[float, Field(alias="confidence")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    evidence: NotRequired[Annotated[str, Field(alias="evidence")]]
    extraction_id: NotRequired[Annotated[uuid.UUID, Field(alias="extraction_id")]]
    held_out: NotRequired[Annotated[bool, Field(alias="held_out")]]
    is_right: NotRequired[Annotated[Optional[bool], Field(alias="is_right")]]
    project_id: NotRequired[Annotated[uuid.UUID, Field(alias="project_id")]]
    quote: NotRequired[Annotated[Optional[str], Field(alias="quote")]]
    state: NotRequired[Annotated[str, Field(alias="state")]]
    suggestion_id: NotRequired[Annotated[uuid.UUID, Field(alias="suggestion_id")]]
    value: NotRequired[Annotated[Optional[JsonValue], Field(alias="value")]]
    verified: NotRequired[Annotated[bool, Field(alias="verified")]]

class PublicDocumentImports(BaseModel):
    bytes: int = Field(alias="bytes")
    created_at: datetime.datetime = Field(alias="created_at")
    created_by: uuid.UUID = Field(alias="created_by")
    documents_created: int = Field(alias="documents_created")
    failure_code: Optional[str] = Field(alias="failure_code")
    failure_detail: Optional[str] = Field(alias="failure_detail")
    finished_at: Optional[datetime.datetime] = Field(alias="finished_at")
    id: uuid.UUID = Field(alias="id")
    media_type: str = Field(alias="media_type")
    metadata_columns: List[str] = Field(alias="metadata_columns")
    name: str = Field(alias="name")
    name_column: Optional[str] = Field(alias="name_column")
    object_path: str = Field(alias="object_path")
    project_id: uuid.UUID = Field(alias="project_id")
    remarks: JsonValue = Field(alias="remarks")
    rows_done: int = Field(alias="rows_done")
    rows_duplicate: int = Field(alias="rows_duplicate")
    rows_failed: int = Field(alias="rows_failed")
    state: str = Field(alias="state")
    text_column: str = Field(alias="text_column")

class PublicDocumentImportsInsert(TypedDict):
    bytes: Annotated[int, Field(alias="bytes")]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    created_by: Annotated[uuid.UUID, Field(alias="created_by")]
    documents_created: NotRequired[Annotated[int, Field(alias="documents_created")]]
    failure_code: NotRequired[Annotated[Optional[str], Field(alias="failure_code")]]
    failure_detail: NotRequired[Annotated[Optional[str], Field(alias="failure_detail")]]
    finished_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="finished_at")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    media_type: Annotated[str, Field(alias="media_type")]
    metadata_columns: NotRequired[Annotated[List[str], Field(alias="metadata_columns")]]
    name: Annotated[str, Field(alias="name")]
    name_column: NotRequired[Annotated[Optional[str], Field(alias="name_column")]]
    object_path: Annotated[str, Field(alias="object_path")]
    project_id: Annotated[uuid.UUID, Field(alias="project_id")]
    remarks: NotRequired[Annotated[JsonValue, Field(alias="remarks")]]
    rows_done: NotRequired[Annotated[int, Field(alias="rows_done")]]
    rows_duplicate: NotRequired[Annotated[int, Field(alias="rows_duplicate")]]
    rows_failed: NotRequired[Annotated[int, Field(alias="rows_failed")]]
    state: NotRequired[Annotated[str, Field(alias="state")]]
    text_column: Annotated[str, Field(alias="text_column")]

class PublicDocumentImportsUpdate(TypedDict):
    bytes: NotRequired[Annotated[int, Field(alias="bytes")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    created_by: NotRequired[Annotated[uuid.UUID, Field(alias="created_by")]]
    documents_created: NotRequired[Annotated[int, Field(alias="documents_created")]]
    failure_code: NotRequired[Annotated[Optional[str], Field(alias="failure_code")]]
    failure_detail: NotRequired[Annotated[Optional[str], Field(alias="failure_detail")]]
    finished_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="finished_at")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    media_type: NotRequired[Annotated[str, Field(alias="media_type")]]
    metadata_columns: NotRequired[Annotated[List[str], Field(alias="metadata_columns")]]
    name: NotRequired[Annotated[str, Field(alias="name")]]
    name_column: NotRequired[Annotated[Optional[str], Field(alias="name_column")]]
    object_path: NotRequired[Annotated[str, Field(alias="object_path")]]
    project_id: NotRequired[Annotated[uuid.UUID, Field(alias="project_id")]]
    remarks: NotRequired[Annotated[JsonValue, Field(alias="remarks")]]
    rows_done: NotRequired[Annotated[int, Field(alias="rows_done")]]
    rows_duplicate: NotRequired[Annotated[int, Field(alias="rows_duplicate")]]
    rows_failed: NotRequired[Annotated[int, Field(alias="rows_failed")]]
    state: NotRequired[Annotated[str, Field(alias="state")]]
    text_column: NotRequired[Annotated[str, Field(alias="text_column")]]

class PublicDocuments(BaseModel):
    bytes: int = Field(alias="bytes")
    created_at: datetime.datetime = Field(alias="created_at")
    created_by: uuid.UUID = Field(alias="created_by")
    deleted_at: Optional[datetime.datetime] = Field(alias="deleted_at")
    failure_code: Optional[str] = Field(alias="failure_code")
    failure_detail: Optional[str] = Field(alias="failure_detail")
    flags: List[str] = Field(alias="flags")
    id: uuid.UUID = Field(alias="id")
    import_id: Optional[uuid.UUID] = Field(alias="import_id")
    media_type: str = Field(alias="media_type")
    metadata: JsonValue = Field(alias="metadata")
    name: str = Field(alias="name")
    notice: Optional[str] = Field(alias="notice")
    object_path: str = Field(alias="object_path")
    page_count: Optional[int] = Field(alias="page_count")
    parsed_at: Optional[datetime.datetime] = Field(alias="parsed_at")
    project_id: uuid.UUID = Field(alias="project_id")
    sha256: str = Field(alias="sha256")
    source_row: Optional[int] = Field(alias="source_row")
    state: str = Field(alias="state")
    text_bytes: Optional[int] = Field(alias="text_bytes")
    text_hash: Optional[str] = Field(alias="text_hash")
    told_at: Optional[datetime.datetime] = Field(alias="told_at")
    unread_pages: Optional[int] = Field(alias="unread_pages")
    updated_at: datetime.datetime = Field(alias="updated_at")
    word_count: Optional[int] = Field(alias="word_count")

class PublicDocumentsInsert(TypedDict):
    bytes: Annotated[int, Field(alias="bytes")]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    created_by: Annotated[uuid.UUID, Field(alias="created_by")]
    deleted_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="deleted_at")]]
    failure_code: NotRequired[Annotated[Optional[str], Field(alias="failure_code")]]
    failure_detail: NotRequired[Annotated[Optional[str], Field(alias="failure_detail")]]
    flags: NotRequired[Annotated[List[str], Field(alias="flags")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    import_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="import_id")]]
    media_type: Annotated[str, Field(alias="media_type")]
    metadata: NotRequired[Annotated[JsonValue, Field(alias="metadata")]]
    name: Annotated[str, Field(alias="name")]
    notice: NotRequired[Annotated[Optional[str], Field(alias="notice")]]
    object_path: Annotated[str, Field(alias="object_path")]
    page_count: NotRequired[Annotated[Optional[int], Field(alias="page_count")]]
    parsed_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="parsed_at")]]
    project_id: Annotated[uuid.UUID, Field(alias="project_id")]
    sha256: Annotated[str, Field(alias="sha256")]
    source_row: NotRequired[Annotated[Optional[int], Field(alias="source_row")]]
    state: NotRequired[Annotated[str, Field(alias="state")]]
    text_bytes: NotRequired[Annotated[Optional[int], Field(alias="text_bytes")]]
    text_hash: NotRequired[Annotated[Optional[str], Field(alias="text_hash")]]
    told_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="told_at")]]
    unread_pages: NotRequired[Annotated[Optional[int], Field(alias="unread_pages")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    word_count: NotRequired[Annotated[Optional[int], Field(alias="word_count")]]

class PublicDocumentsUpdate(TypedDict):
    bytes: NotRequired[Annotated[int, Field(alias="bytes")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    created_by: NotRequired[Annotated[uuid.UUID, Field(alias="created_by")]]
    deleted_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="deleted_at")]]
    failure_code: NotRequired[Annotated[Optional[str], Field(alias="failure_code")]]
    failure_detail: NotRequired[Annotated[Optional[str], Field(alias="failure_detail")]]
    flags: NotRequired[Annotated[List[str], Field(alias="flags")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    import_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="import_id")]]
    media_type: NotRequired[Annotated[str, Field(alias="media_type")]]
    metadata: NotRequired[Annotated[JsonValue, Field(alias="metadata")]]
    name: NotRequired[Annotated[str, Field(alias="name")]]
    notice: NotRequired[Annotated[Optional[str], Field(alias="notice")]]
    object_path: NotRequired[Annotated[str, Field(alias="object_path")]]
    page_count: NotRequired[Annotated[Optional[int], Field(alias="page_count")]]
    parsed_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="parsed_at")]]
    project_id: NotRequired[Annotated[uuid.UUID, Field(alias="project_id")]]
    sha256: NotRequired[Annotated[str, Field(alias="sha256")]]
    source_row: NotRequired[Annotated[Optional[int], Field(alias="source_row")]]
    state: NotRequired[Annotated[str, Field(alias="state")]]
    text_bytes: NotRequired[Annotated[Optional[int], Field(alias="text_bytes")]]
    text_hash: NotRequired[Annotated[Optional[str], Field(alias="text_hash")]]
    told_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="told_at")]]
    unread_pages: NotRequired[Annotated[Optional[int], Field(alias="unread_pages")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    word_count: NotRequired[Annotated[Optional[int], Field(alias="word_count")]]

class PublicEntityRows(BaseModel):
    created_at: datetime.datetime = Field(alias="created_at")
    document_id: uuid.UUID = Field(alias="document_id")
    entity: str = Field(alias="entity")
    entity_key: str = Field(alias="entity_key")
    gone_at: Optional[datetime.datetime] = Field(alias="gone_at")
    nth: int = Field(alias="nth")
    project_id: uuid.UUID = Field(alias="project_id")
    row_index: int = Field(alias="row_index")

class PublicEntityRowsInsert(TypedDict):
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    document_id: Annotated[uuid.UUID, Field(alias="document_id")]
    entity: Annotated[str, Field(alias="entity")]
    entity_key: Annotated[str, Field(alias="entity_key")]
    gone_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="gone_at")]]
    nth: Annotated[int, Field(alias="nth")]
    project_id: Annotated[uuid.UUID, Field(alias="project_id")]
    row_index: Annotated[int, Field(alias="row_index")]

class PublicEntityRowsUpdate(TypedDict):
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    document_id: NotRequired[Annotated[uuid.UUID, Field(alias="document_id")]]
    entity: NotRequired[Annotated[str, Field(alias="entity")]]
    entity_key: NotRequired[Annotated[str, Field(alias="entity_key")]]
    gone_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="gone_at")]]
    nth: NotRequired[Annotated[int, Field(alias="nth")]]
    project_id: NotRequired[Annotated[uuid.UUID, Field(alias="project_id")]]
    row_index: NotRequired[Annotated[int, Field(alias="row_index")]]

class PublicEvents(BaseModel):
    action: str = Field(alias="action")
    actor: Optional[uuid.UUID] = Field(alias="actor")
    created_at: datetime.datetime = Field(alias="created_at")
    detail: JsonValue = Field(alias="detail")
    id: int = Field(alias="id")
    project_id: uuid.UUID = Field(alias="project_id")
    subject: str = Field(alias="subject")
    subject_id: uuid.UUID = Field(alias="subject_id")

class PublicEventsInsert(TypedDict):
    action: Annotated[str, Field(alias="action")]
    actor: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="actor")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    detail: NotRequired[Annotated[JsonValue, Field(alias="detail")]]
    id: NotRequired[Annotated[int, Field(alias="id")]]
    project_id: Annotated[uuid.UUID, Field(alias="project_id")]
    subject: Annotated[str, Field(alias="subject")]
    subject_id: Annotated[uuid.UUID, Field(alias="subject_id")]

class PublicEventsUpdate(TypedDict):
    action: NotRequired[Annotated[str, Field(alias="action")]]
    actor: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="actor")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    detail: NotRequired[Annotated[JsonValue, Field(alias="detail")]]
    id: NotRequired[Annotated[int, Field(alias="id")]]
    project_id: NotRequired[Annotated[uuid.UUID, Field(alias="project_id")]]
    subject: NotRequired[Annotated[str, Field(alias="subject")]]
    subject_id: NotRequired[Annotated[uuid.UUID, Field(alias="subject_id")]]

class PublicExports(BaseModel):
    bytes: Optional[int] = Field(alias="bytes")
    created_at: datetime.datetime = Field(alias="created_at")
    created_by: uuid.UUID = Field(alias="created_by")
    expires_at: datetime.datetime = Field(alias="expires_at")
    failure_code: Optional[str] = Field(alias="failure_code")
    failure_detail: Optional[str] = Field(alias="failure_detail")
    finished_at: Optional[datetime.datetime] = Field(alias="finished_at")
    format: str = Field(alias="format")
    id: uuid.UUID = Field(alias="id")
    object_path: Optional[str] = Field(alias="object_path")
    options: JsonValue = Field(alias="options")
    project_id: uuid.UUID = Field(alias="project_id")
    row_count: Optional[int] = Field(alias="row_count")
    sha256: Optional[str] = Field(alias="sha256")
    state: str = Field(alias="state")
    warnings: List[str] = Field(alias="warnings")

class PublicExportsInsert(TypedDict):
    bytes: NotRequired[Annotated[Optional[int], Field(alias="bytes")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    created_by: Annotated[uuid.UUID, Field(alias="created_by")]
    expires_at: NotRequired[Annotated[datetime.datetime, Field(alias="expires_at")]]
    failure_code: NotRequired[Annotated[Optional[str], Field(alias="failure_code")]]
    failure_detail: NotRequired[Annotated[Optional[str], Field(alias="failure_detail")]]
    finished_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="finished_at")]]
    format: Annotated[str, Field(alias="format")]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    object_path: NotRequired[Annotated[Optional[str], Field(alias="object_path")]]
    options: NotRequired[Annotated[JsonValue, Field(alias="options")]]
    project_id: Annotated[uuid.UUID, Field(alias="project_id")]
    row_count: NotRequired[Annotated[Optional[int], Field(alias="row_count")]]
    sha256: NotRequired[Annotated[Optional[str], Field(alias="sha256")]]
    state: NotRequired[Annotated[str, Field(alias="state")]]
    warnings: NotRequired[Annotated[List[str], Field(alias="warnings")]]

class PublicExportsUpdate(TypedDict):
    bytes: NotRequired[Annotated[Optional[int], Field(alias="bytes")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    created_by: NotRequired[Annotated[uuid.UUID, Field(alias="created_by")]]
    expires_at: NotRequired[Annotated[datetime.datetime, Field(alias="expires_at")]]
    failure_code: NotRequired[Annotated[Optional[str], Field(alias="failure_code")]]
    failure_detail: NotRequired[Annotated[Optional[str], Field(alias="failure_detail")]]
    finished_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="finished_at")]]
    format: NotRequired[Annotated[str, Field(alias="format")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    object_path: NotRequired[Annotated[Optional[str], Field(alias="object_path")]]
    options: NotRequired[Annotated[JsonValue, Field(alias="options")]]
    project_id: NotRequired[Annotated[uuid.UUID, Field(alias="project_id")]]
    row_count: NotRequired[Annotated[Optional[int], Field(alias="row_count")]]
    sha256: NotRequired[Annotated[Optional[str], Field(alias="sha256")]]
    state: NotRequired[Annotated[str, Field(alias="state")]]
    warnings: NotRequired[Annotated[List[str], Field(alias="warnings")]]

class PublicExtractionEvents(BaseModel):
    action: str = Field(alias="action")
    actor: Optional[uuid.UUID] = Field(alias="actor")
    before: Optional[JsonValue] = Field(alias="before")
    created_at: datetime.datetime = Field(alias="created_at")
    evidence: str = Field(alias="evidence")
    extraction_id: uuid.UUID = Field(alias="extraction_id")
    id: int = Field(alias="id")
    job_id: Optional[uuid.UUID] = Field(alias="job_id")
    note: Optional[str] = Field(alias="note")
    project_id: uuid.UUID = Field(alias="project_id")
    state: str = Field(alias="state")
    undoes: Optional[int] = Field(alias="undoes")
    value: Optional[JsonValue] = Field(alias="value")

class PublicExtractionEventsInsert(TypedDict):
    action: Annotated[str, Field(alias="action")]
    actor: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="actor")]]
    before: NotRequired[Annotated[Optional[JsonValue], Field(alias="before")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    evidence: Annotated[str, Field(alias="evidence")]
    extraction_id: Annotated[uuid.UUID, Field(alias="extraction_id")]
    id: NotRequired[Annotated[int, Field(alias="id")]]
    job_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="job_id")]]
    note: NotRequired[Annotated[Optional[str], Field(alias="note")]]
    project_id: Annotated[uuid.UUID, Field(alias="project_id")]
    state: Annotated[str, Field(alias="state")]
    undoes: NotRequired[Annotated[Optional[int], Field(alias="undoes")]]
    value: NotRequired[Annotated[Optional[JsonValue], Field(alias="value")]]

class PublicExtractionEventsUpdate(TypedDict):
    action: NotRequired[Annotated[str, Field(alias="action")]]
    actor: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="actor")]]
    before: NotRequired[Annotated[Optional[JsonValue], Field(alias="before")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    evidence: NotRequired[Annotated[str, Field(alias="evidence")]]
    extraction_id: NotRequired[Annotated[uuid.UUID, Field(alias="extraction_id")]]
    id: NotRequired[Annotated[int, Field(alias="id")]]
    job_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="job_id")]]
    note: NotRequired[Annotated[Optional[str], Field(alias="note")]]
    project_id: NotRequired[Annotated[uuid.UUID, Field(alias="project_id")]]
    state: NotRequired[Annotated[str, Field(alias="state")]]
    undoes: NotRequired[Annotated[Optional[int], Field(alias="undoes")]]
    value: NotRequired[Annotated[Optional[JsonValue], Field(alias="value")]]

class PublicExtractions(BaseModel):
    absent_reason: Optional[str] = Field(alias="absent_reason")
    box: Optional[List[float]] = Field(alias="box")
    boxes: JsonValue = Field(alias="boxes")
    confidence: float = Field(alias="confidence")
    created_at: datetime.datetime = Field(alias="created_at")
    document_id: uuid.UUID = Field(alias="document_id")
    evidence: str = Field(alias="evidence")
    flags: List[str] = Field(alias="flags")
    id: uuid.UUID = Field(alias="id")
    input_hash: str = Field(alias="input_hash")
    job_id: Optional[uuid.UUID] = Field(alias="job_id")
    judged_by: Optional[uuid.UUID] = Field(alias="judged_by")
    origin: str = Field(alias="origin")
    original: Optional[JsonValue] = Field(alias="original")
    page: Optional[int] = Field(alias="page")
    project_id: uuid.UUID = Field(alias="project_id")
    quote: Optional[str] = Field(alias="quote")
    raw: Optional[str] = Field(alias="raw")
    revision: int = Field(alias="revision")
    row_index: int = Field(alias="row_index")
    schema_version_id: Optional[uuid.UUID] = Field(alias="schema_version_id")
    signals: JsonValue = Field(alias="signals")
    state: str = Field(alias="state")
    suggestion: Optional[JsonValue] = Field(alias="suggestion")
    updated_at: datetime.datetime = Field(alias="updated_at")
    value: Optional[JsonValue] = Field(alias="value")
    variable_id: uuid.UUID = Field(alias="variable_id")
    verified: bool = Field(alias="verified")
    worth: Optional[float] = Field(alias="worth")
    zone: Optional[int] = Field(alias="zone")

class PublicExtractionsInsert(TypedDict):
    absent_reason: NotRequired[Annotated[Optional[str], Field(alias="absent_reason")]]
    box: NotRequired[Annotated[Optional[List[float]], Field(alias="box")]]
    boxes: NotRequired[Annotated[JsonValue, Field(alias="boxes")]]
    confidence: Annotated[float, Field(alias="confidence")]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    document_id: Annotated[uuid.UUID, Field(alias="document_id")]
    evidence: Annotated[str, Field(alias="evidence")]
    flags: NotRequired[Annotated[List[str], Field(alias="flags")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    input_hash: Annotated[str, Field(alias="input_hash")]
    job_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="job_id")]]
    judged_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="judged_by")]]
    origin: Annotated[str, Field(alias="origin")]
    original: NotRequired[Annotated[Optional[JsonValue], Field(alias="original")]]
    page: NotRequired[Annotated[Optional[int], Field(alias="page")]]
    project_id: Annotated[uuid.UUID, Field(alias="project_id")]
    quote: NotRequired[Annotated[Optional[str], Field(alias="quote")]]
    raw: NotRequired[Annotated[Optional[str], Field(alias="raw")]]
    revision: NotRequired[Annotated[int, Field(alias="revision")]]
    row_index: NotRequired[Annotated[int, Field(alias="row_index")]]
    schema_version_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="schema_version_id")]]
    signals: NotRequired[Annotated[JsonValue, Field(alias="signals")]]
    state: Annotated[str, Field(alias="state")]
    suggestion: NotRequired[Annotated[Optional[JsonValue], Field(alias="suggestion")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    value: NotRequired[Annotated[Optional[JsonValue], Field(alias="value")]]
    variable_id: Annotated[uuid.UUID, Field(alias="variable_id")]
    verified: Annotated[bool, Field(alias="verified")]
    worth: NotRequired[Annotated[Optional[float], Field(alias="worth")]]
    zone: NotRequired[Annotated[Optional[int], Field(alias="zone")]]

class PublicExtractionsUpdate(TypedDict):
    absent_reason: NotRequired[Annotated[Optional[str], Field(alias="absent_reason")]]
    box: NotRequired[Annotated[Optional[List[float]], Field(alias="box")]]
    boxes: NotRequired[Annotated[JsonValue, Field(alias="boxes")]]
    confidence: NotRequired[Annotated[float, Field(alias="confidence")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    document_id: NotRequired[Annotated[uuid.UUID, Field(alias="document_id")]]
    evidence: NotRequired[Annotated[str, Field(alias="evidence")]]
    flags: NotRequired[Annotated[List[str], Field(alias="flags")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    input_hash: NotRequired[Annotated[str, Field(alias="input_hash")]]
    job_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="job_id")]]
    judged_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="judged_by")]]
    origin: NotRequired[Annotated[str, Field(alias="origin")]]
    original: NotRequired[Annotated[Optional[JsonValue], Field(alias="original")]]
    page: NotRequired[Annotated[Optional[int], Field(alias="page")]]
    project_id: NotRequired[Annotated[uuid.UUID, Field(alias="project_id")]]
    quote: NotRequired[Annotated[Optional[str], Field(alias="quote")]]
    raw: NotRequired[Annotated[Optional[str], Field(alias="raw")]]
    revision: NotRequired[Annotated[int, Field(alias="revision")]]
    row_index: NotRequired[Annotated[int, Field(alias="row_index")]]
    schema_version_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="schema_version_id")]]
    signals: NotRequired[Annotated[JsonValue, Field(alias="signals")]]
    state: NotRequired[Annotated[str, Field(alias="state")]]
    suggestion: NotRequired[Annotated[Optional[JsonValue], Field(alias="suggestion")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    value: NotRequired[Annotated[Optional[JsonValue], Field(alias="value")]]
    variable_id: NotRequired[Annotated[uuid.UUID, Field(alias="variable_id")]]
    verified: NotRequired[Annotated[bool, Field(alias="verified")]]
    worth: NotRequired[Annotated[Optional[float], Field(alias="worth")]]
    zone: NotRequired[Annotated[Optional[int], Field(alias="zone")]]

class PublicGoldenExamples(BaseModel):
    active: bool = Field(alias="active")
    created_at: datetime.datetime = Field(alias="created_at")
    created_by: Optional[uuid.UUID] = Field(alias="created_by")
    document_id: Optional[uuid.UUID] = Field(alias="document_id")
    id: uuid.UUID = Field(alias="id")
    note: str = Field(alias="note")
    position: int = Field(alias="position")
    project_id: uuid.UUID = Field(alias="project_id")
    quote: Optional[str] = Field(alias="quote")
    reference_only: bool = Field(alias="reference_only")
    updated_at: datetime.datetime = Field(alias="updated_at")
    value: Optional[JsonValue] = Field(alias="value")
    variable_id: uuid.UUID = Field(alias="variable_id")

class PublicGoldenExamplesInsert(TypedDict):
    active: NotRequired[Annotated[bool, Field(alias="active")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    created_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="created_by")]]
    document_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="document_id")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    note: NotRequired[Annotated[str, Field(alias="note")]]
    position: NotRequired[Annotated[int, Field(alias="position")]]
    project_id: Annotated[uuid.UUID, Field(alias="project_id")]
    quote: NotRequired[Annotated[Optional[str], Field(alias="quote")]]
    reference_only: NotRequired[Annotated[bool, Field(alias="reference_only")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    value: NotRequired[Annotated[Optional[JsonValue], Field(alias="value")]]
    variable_id: Annotated[uuid.UUID, Field(alias="variable_id")]

class PublicGoldenExamplesUpdate(TypedDict):
    active: NotRequired[Annotated[bool, Field(alias="active")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    created_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="created_by")]]
    document_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="document_id")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    note: NotRequired[Annotated[str, Field(alias="note")]]
    position: NotRequired[Annotated[int, Field(alias="position")]]
    project_id: NotRequired[Annotated[uuid.UUID, Field(alias="project_id")]]
    quote: NotRequired[Annotated[Optional[str], Field(alias="quote")]]
    reference_only: NotRequired[Annotated[bool, Field(alias="reference_only")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    value: NotRequired[Annotated[Optional[JsonValue], Field(alias="value")]]
    variable_id: NotRequired[Annotated[uuid.UUID, Field(alias="variable_id")]]

class PublicInvitations(BaseModel):
    accepted_at: Optional[datetime.datetime] = Field(alias="accepted_at")
    created_at: datetime.datetime = Field(alias="created_at")
    email: str = Field(alias="email")
    expires_at: datetime.datetime = Field(alias="expires_at")
    id: uuid.UUID = Field(alias="id")
    invited_by: uuid.UUID = Field(alias="invited_by")
    project_id: uuid.UUID = Field(alias="project_id")
    role: str = Field(alias="role")

class PublicInvitationsInsert(TypedDict):
    accepted_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="accepted_at")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    email: Annotated[str, Field(alias="email")]
    expires_at: NotRequired[Annotated[datetime.datetime, Field(alias="expires_at")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    invited_by: Annotated[uuid.UUID, Field(alias="invited_by")]
    project_id: Annotated[uuid.UUID, Field(alias="project_id")]
    role: Annotated[str, Field(alias="role")]

class PublicInvitationsUpdate(TypedDict):
    accepted_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="accepted_at")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    email: NotRequired[Annotated[str, Field(alias="email")]]
    expires_at: NotRequired[Annotated[datetime.datetime, Field(alias="expires_at")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    invited_by: NotRequired[Annotated[uuid.UUID, Field(alias="invited_by")]]
    project_id: NotRequired[Annotated[uuid.UUID, Field(alias="project_id")]]
    role: NotRequired[Annotated[str, Field(alias="role")]]

class PublicJobs(BaseModel):
    broadcast_at: datetime.datetime = Field(alias="broadcast_at")
    cap_micros: Optional[int] = Field(alias="cap_micros")
    cost_micros: int = Field(alias="cost_micros")
    created_at: datetime.datetime = Field(alias="created_at")
    created_by: uuid.UUID = Field(alias="created_by")
    documents_done: int = Field(alias="documents_done")
    documents_failed: int = Field(alias="documents_failed")
    documents_skipped: int = Field(alias="documents_skipped")
    documents_total: int = Field(alias="documents_total")
    eta_at: Optional[datetime.datetime] = Field(alias="eta_at")
    extractor: Optional[str] = Field(alias="extractor")
    failure_streak: int = Field(alias="failure_streak")
    finished_at: Optional[datetime.datetime] = Field(alias="finished_at")
    id: uuid.UUID = Field(alias="id")
    input_tokens: int = Field(alias="input_tokens")
    kind: str = Field(alias="kind")
    model_calls: int = Field(alias="model_calls")
    output_tokens: int = Field(alias="output_tokens")
    pause_reason: Optional[str] = Field(alias="pause_reason")
    project_id: uuid.UUID = Field(alias="project_id")
    request_id: Optional[str] = Field(alias="request_id")
    reserved_micros: int = Field(alias="reserved_micros")
    schema_version_id: uuid.UUID = Field(alias="schema_version_id")
    selection: JsonValue = Field(alias="selection")
    started_at: Optional[datetime.datetime] = Field(alias="started_at")
    state: str = Field(alias="state")
    updated_at: datetime.datetime = Field(alias="updated_at")

class PublicJobsInsert(TypedDict):
    broadcast_at: NotRequired[Annotated[datetime.datetime, Field(alias="broadcast_at")]]
    cap_micros: NotRequired[Annotated[Optional[int], Field(alias="cap_micros")]]
    cost_micros: NotRequired[Annotated[int, Field(alias="cost_micros")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    created_by: Annotated[uuid.UUID, Field(alias="created_by")]
    documents_done: NotRequired[Annotated[int, Field(alias="documents_done")]]
    documents_failed: NotRequired[Annotated[int, Field(alias="documents_failed")]]
    documents_skipped: NotRequired[Annotated[int, Field(alias="documents_skipped")]]
    documents_total: Annotated[int, Field(alias="documents_total")]
    eta_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="eta_at")]]
    extractor: NotRequired[Annotated[Optional[str], Field(alias="extractor")]]
    failure_streak: NotRequired[Annotated[int, Field(alias="failure_streak")]]
    finished_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="finished_at")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    input_tokens: NotRequired[Annotated[int, Field(alias="input_tokens")]]
    kind: Annotated[str, Field(alias="kind")]
    model_calls: NotRequired[Annotated[int, Field(alias="model_calls")]]
    output_tokens: NotRequired[Annotated[int, Field(alias="output_tokens")]]
    pause_reason: NotRequired[Annotated[Optional[str], Field(alias="pause_reason")]]
    project_id: Annotated[uuid.UUID, Field(alias="project_id")]
    request_id: NotRequired[Annotated[Optional[str], Field(alias="request_id")]]
    reserved_micros: NotRequired[Annotated[int, Field(alias="reserved_micros")]]
    schema_version_id: Annotated[uuid.UUID, Field(alias="schema_version_id")]
    selection: NotRequired[Annotated[JsonValue, Field(alias="selection")]]
    started_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="started_at")]]
    state: NotRequired[Annotated[str, Field(alias="state")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicJobsUpdate(TypedDict):
    broadcast_at: NotRequired[Annotated[datetime.datetime, Field(alias="broadcast_at")]]
    cap_micros: NotRequired[Annotated[Optional[int], Field(alias="cap_micros")]]
    cost_micros: NotRequired[Annotated[int, Field(alias="cost_micros")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    created_by: NotRequired[Annotated[uuid.UUID, Field(alias="created_by")]]
    documents_done: NotRequired[Annotated[int, Field(alias="documents_done")]]
    documents_failed: NotRequired[Annotated[int, Field(alias="documents_failed")]]
    documents_skipped: NotRequired[Annotated[int, Field(alias="documents_skipped")]]
    documents_total: NotRequired[Annotated[int, Field(alias="documents_total")]]
    eta_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="eta_at")]]
    extractor: NotRequired[Annotated[Optional[str], Field(alias="extractor")]]
    failure_streak: NotRequired[Annotated[int, Field(alias="failure_streak")]]
    finished_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="finished_at")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    input_tokens: NotRequired[Annotated[int, Field(alias="input_tokens")]]
    kind: NotRequired[Annotated[str, Field(alias="kind")]]
    model_calls: NotRequired[Annotated[int, Field(alias="model_calls")]]
    output_tokens: NotRequired[Annotated[int, Field(alias="output_tokens")]]
    pause_reason: NotRequired[Annotated[Optional[str], Field(alias="pause_reason")]]
    project_id: NotRequired[Annotated[uuid.UUID, Field(alias="project_id")]]
    request_id: NotRequired[Annotated[Optional[str], Field(alias="request_id")]]
    reserved_micros: NotRequired[Annotated[int, Field(alias="reserved_micros")]]
    schema_version_id: NotRequired[Annotated[uuid.UUID, Field(alias="schema_version_id")]]
    selection: NotRequired[Annotated[JsonValue, Field(alias="selection")]]
    started_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="started_at")]]
    state: NotRequired[Annotated[str, Field(alias="state")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicLlmCalls(BaseModel):
    answer: Optional[str] = Field(alias="answer")
    cost_micros: int = Field(alias="cost_micros")
    created_at: datetime.datetime = Field(alias="created_at")
    document_id: Optional[uuid.UUID] = Field(alias="document_id")
    error_code: Optional[str] = Field(alias="error_code")
    finish_reason: Optional[str] = Field(alias="finish_reason")
    id: uuid.UUID = Field(alias="id")
    input_bytes: Optional[int] = Field(alias="input_bytes")
    input_tokens: Optional[int] = Field(alias="input_tokens")
    job_id: Optional[uuid.UUID] = Field(alias="job_id")
    latency_ms: Optional[int] = Field(alias="latency_ms")
    model: str = Field(alias="model")
    output_tokens: Optional[int] = Field(alias="output_tokens")
    project_id: uuid.UUID = Field(alias="project_id")
    purpose: str = Field(alias="purpose")
    request_hash: str = Field(alias="request_hash")
    request_id: str = Field(alias="request_id")
    reserved_micros: int = Field(alias="reserved_micros")
    settled_at: Optional[datetime.datetime] = Field(alias="settled_at")
    state: str = Field(alias="state")
    task_id: int = Field(alias="task_id")
    variables: Optional[int] = Field(alias="variables")

class PublicLlmCallsInsert(TypedDict):
    answer: NotRequired[Annotated[Optional[str], Field(alias="answer")]]
    cost_micros: NotRequired[Annotated[int, Field(alias="cost_micros")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    document_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="document_id")]]
    error_code: NotRequired[Annotated[Optional[str], Field(alias="error_code")]]
    finish_reason: NotRequired[Annotated[Optional[str], Field(alias="finish_reason")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    input_bytes: NotRequired[Annotated[Optional[int], Field(alias="input_bytes")]]
    input_tokens: NotRequired[Annotated[Optional[int], Field(alias="input_tokens")]]
    job_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="job_id")]]
    latency_ms: NotRequired[Annotated[Optional[int], Field(alias="latency_ms")]]
    model: Annotated[str, Field(alias="model")]
    output_tokens: NotRequired[Annotated[Optional[int], Field(alias="output_tokens")]]
    project_id: Annotated[uuid.UUID, Field(alias="project_id")]
    purpose: Annotated[str, Field(alias="purpose")]
    request_hash: Annotated[str, Field(alias="request_hash")]
    request_id: Annotated[str, Field(alias="request_id")]
    reserved_micros: NotRequired[Annotated[int, Field(alias="reserved_micros")]]
    settled_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="settled_at")]]
    state: NotRequired[Annotated[str, Field(alias="state")]]
    task_id: Annotated[int, Field(alias="task_id")]
    variables: NotRequired[Annotated[Optional[int], Field(alias="variables")]]

class PublicLlmCallsUpdate(TypedDict):
    answer: NotRequired[Annotated[Optional[str], Field(alias="answer")]]
    cost_micros: NotRequired[Annotated[int, Field(alias="cost_micros")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    document_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="document_id")]]
    error_code: NotRequired[Annotated[Optional[str], Field(alias="error_code")]]
    finish_reason: NotRequired[Annotated[Optional[str], Field(alias="finish_reason")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    input_bytes: NotRequired[Annotated[Optional[int], Field(alias="input_bytes")]]
    input_tokens: NotRequired[Annotated[Optional[int], Field(alias="input_tokens")]]
    job_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="job_id")]]
    latency_ms: NotRequired[Annotated[Optional[int], Field(alias="latency_ms")]]
    model: NotRequired[Annotated[str, Field(alias="model")]]
    output_tokens: NotRequired[Annotated[Optional[int], Field(alias="output_tokens")]]
    project_id: NotRequired[Annotated[uuid.UUID, Field(alias="project_id")]]
    purpose: NotRequired[Annotated[str, Field(alias="purpose")]]
    request_hash: NotRequired[Annotated[str, Field(alias="request_hash")]]
    request_id: NotRequired[Annotated[str, Field(alias="request_id")]]
    reserved_micros: NotRequired[Annotated[int, Field(alias="reserved_micros")]]
    settled_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="settled_at")]]
    state: NotRequired[Annotated[str, Field(alias="state")]]
    task_id: NotRequired[Annotated[int, Field(alias="task_id")]]
    variables: NotRequired[Annotated[Optional[int], Field(alias="variables")]]

class PublicPages(BaseModel):
    document_id: uuid.UUID = Field(alias="document_id")
    height: float = Field(alias="height")
    number: int = Field(alias="number")
    project_id: uuid.UUID = Field(alias="project_id")
    rotation: int = Field(alias="rotation")
    source: str = Field(alias="source")
    text: str = Field(alias="text")
    width: float = Field(alias="width")

class PublicPagesInsert(TypedDict):
    document_id: Annotated[uuid.UUID, Field(alias="document_id")]
    height: Annotated[float, Field(alias="height")]
    number: Annotated[int, Field(alias="number")]
    project_id: Annotated[uuid.UUID, Field(alias="project_id")]
    rotation: Annotated[int, Field(alias="rotation")]
    source: Annotated[str, Field(alias="source")]
    text: Annotated[str, Field(alias="text")]
    width: Annotated[float, Field(alias="width")]

class PublicPagesUpdate(TypedDict):
    document_id: NotRequired[Annotated[uuid.UUID, Field(alias="document_id")]]
    height: NotRequired[Annotated[float, Field(alias="height")]]
    number: NotRequired[Annotated[int, Field(alias="number")]]
    project_id: NotRequired[Annotated[uuid.UUID, Field(alias="project_id")]]
    rotation: NotRequired[Annotated[int, Field(alias="rotation")]]
    source: NotRequired[Annotated[str, Field(alias="source")]]
    text: NotRequired[Annotated[str, Field(alias="text")]]
    width: NotRequired[Annotated[float, Field(alias="width")]]

class PublicProfiles(BaseModel):
    created_at: datetime.datetime = Field(alias="created_at")
    display_name: str = Field(alias="display_name")
    id: uuid.UUID = Field(alias="id")

class PublicProfilesInsert(TypedDict):
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    display_name: NotRequired[Annotated[str, Field(alias="display_name")]]
    id: Annotated[uuid.UUID, Field(alias="id")]

class PublicProfilesUpdate(TypedDict):
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    display_name: NotRequired[Annotated[str, Field(alias="display_name")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]

class PublicProjectLimits(BaseModel):
    calls_per_minute: Optional[int] = Field(alias="calls_per_minute")
    cap_micros: Optional[int] = Field(alias="cap_micros")
    concurrency: Optional[int] = Field(alias="concurrency")
    narrowed_at: Optional[datetime.datetime] = Field(alias="narrowed_at")
    project_id: uuid.UUID = Field(alias="project_id")
    reserved_micros: int = Field(alias="reserved_micros")
    spent_micros: int = Field(alias="spent_micros")
    successes: int = Field(alias="successes")

class PublicProjectLimitsInsert(TypedDict):
    calls_per_minute: NotRequired[Annotated[Optional[int], Field(alias="calls_per_minute")]]
    cap_micros: NotRequired[Annotated[Optional[int], Field(alias="cap_micros")]]
    concurrency: NotRequired[Annotated[Optional[int], Field(alias="concurrency")]]
    narrowed_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="narrowed_at")]]
    project_id: Annotated[uuid.UUID, Field(alias="project_id")]
    reserved_micros: NotRequired[Annotated[int, Field(alias="reserved_micros")]]
    spent_micros: NotRequired[Annotated[int, Field(alias="spent_micros")]]
    successes: NotRequired[Annotated[int, Field(alias="successes")]]

class PublicProjectLimitsUpdate(TypedDict):
    calls_per_minute: NotRequired[Annotated[Optional[int], Field(alias="calls_per_minute")]]
    cap_micros: NotRequired[Annotated[Optional[int], Field(alias="cap_micros")]]
    concurrency: NotRequired[Annotated[Optional[int], Field(alias="concurrency")]]
    narrowed_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="narrowed_at")]]
    project_id: NotRequired[Annotated[uuid.UUID, Field(alias="project_id")]]
    reserved_micros: NotRequired[Annotated[int, Field(alias="reserved_micros")]]
    spent_micros: NotRequired[Annotated[int, Field(alias="spent_micros")]]
    successes: NotRequired[Annotated[int, Field(alias="successes")]]

class PublicProjectMembers(BaseModel):
    created_at: datetime.datetime = Field(alias="created_at")
    project_id: uuid.UUID = Field(alias="project_id")
    role: str = Field(alias="role")
    user_id: uuid.UUID = Field(alias="user_id")

class PublicProjectMembersInsert(TypedDict):
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    project_id: Annotated[uuid.UUID, Field(alias="project_id")]
    role: Annotated[str, Field(alias="role")]
    user_id: Annotated[uuid.UUID, Field(alias="user_id")]

class PublicProjectMembersUpdate(TypedDict):
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    project_id: NotRequired[Annotated[uuid.UUID, Field(alias="project_id")]]
    role: NotRequired[Annotated[str, Field(alias="role")]]
    user_id: NotRequired[Annotated[uuid.UUID, Field(alias="user_id")]]

class PublicProjects(BaseModel):
    created_at: datetime.datetime = Field(alias="created_at")
    created_by: uuid.UUID = Field(alias="created_by")
    deleted_at: Optional[datetime.datetime] = Field(alias="deleted_at")
    description: str = Field(alias="description")
    document_kind: str = Field(alias="document_kind")
    domain: str = Field(alias="domain")
    entity_pattern: Optional[str] = Field(alias="entity_pattern")
    id: uuid.UUID = Field(alias="id")
    language: str = Field(alias="language")
    max_concurrency: int = Field(alias="max_concurrency")
    name: str = Field(alias="name")
    revision: int = Field(alias="revision")
    row_unit: str = Field(alias="row_unit")
    time_zone: str = Field(alias="time_zone")
    updated_at: datetime.datetime = Field(alias="updated_at")

class PublicProjectsInsert(TypedDict):
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    created_by: Annotated[uuid.UUID, Field(alias="created_by")]
    deleted_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="deleted_at")]]
    description: NotRequired[Annotated[str, Field(alias="description")]]
    document_kind: NotRequired[Annotated[str, Field(alias="document_kind")]]
    domain: NotRequired[Annotated[str, Field(alias="domain")]]
    entity_pattern: NotRequired[Annotated[Optional[str], Field(alias="entity_pattern")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    language: NotRequired[Annotated[str, Field(alias="language")]]
    max_concurrency: NotRequired[Annotated[int, Field(alias="max_concurrency")]]
    name: Annotated[str, Field(alias="name")]
    revision: NotRequired[Annotated[int, Field(alias="revision")]]
    row_unit: NotRequired[Annotated[str, Field(alias="row_unit")]]
    time_zone: NotRequired[Annotated[str, Field(alias="time_zone")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicProjectsUpdate(TypedDict):
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    created_by: NotRequired[Annotated[uuid.UUID, Field(alias="created_by")]]
    deleted_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="deleted_at")]]
    description: NotRequired[Annotated[str, Field(alias="description")]]
    document_kind: NotRequired[Annotated[str, Field(alias="document_kind")]]
    domain: NotRequired[Annotated[str, Field(alias="domain")]]
    entity_pattern: NotRequired[Annotated[Optional[str], Field(alias="entity_pattern")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    language: NotRequired[Annotated[str, Field(alias="language")]]
    max_concurrency: NotRequired[Annotated[int, Field(alias="max_concurrency")]]
    name: NotRequired[Annotated[str, Field(alias="name")]]
    revision: NotRequired[Annotated[int, Field(alias="revision")]]
    row_unit: NotRequired[Annotated[str, Field(alias="row_unit")]]
    time_zone: NotRequired[Annotated[str, Field(alias="time_zone")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicReviews(BaseModel):
    author: uuid.UUID = Field(alias="author")
    created_at: datetime.datetime = Field(alias="created_at")
    extraction_id: uuid.UUID = Field(alias="extraction_id")
    id: uuid.UUID = Field(alias="id")
    kind: str = Field(alias="kind")
    note: Optional[str] = Field(alias="note")
    project_id: uuid.UUID = Field(alias="project_id")
    undone: bool = Field(alias="undone")
    updated_at: datetime.datetime = Field(alias="updated_at")
    value: Optional[JsonValue] = Field(alias="value")

class PublicReviewsInsert(TypedDict):
    author: Annotated[uuid.UUID, Field(alias="author")]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    extraction_id: Annotated[uuid.UUID, Field(alias="extraction_id")]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    kind: Annotated[str, Field(alias="kind")]
    note: NotRequired[Annotated[Optional[str], Field(alias="note")]]
    project_id: Annotated[uuid.UUID, Field(alias="project_id")]
    undone: NotRequired[Annotated[bool, Field(alias="undone")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    value: NotRequired[Annotated[Optional[JsonValue], Field(alias="value")]]

class PublicReviewsUpdate(TypedDict):
    author: NotRequired[Annotated[uuid.UUID, Field(alias="author")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    extraction_id: NotRequired[Annotated[uuid.UUID, Field(alias="extraction_id")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    kind: NotRequired[Annotated[str, Field(alias="kind")]]
    note: NotRequired[Annotated[Optional[str], Field(alias="note")]]
    project_id: NotRequired[Annotated[uuid.UUID, Field(alias="project_id")]]
    undone: NotRequired[Annotated[bool, Field(alias="undone")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    value: NotRequired[Annotated[Optional[JsonValue], Field(alias="value")]]

class PublicSchemaSuggestions(BaseModel):
    answer: Optional[JsonValue] = Field(alias="answer")
    applied_at: Optional[datetime.datetime] = Field(alias="applied_at")
    applied_by: Optional[uuid.UUID] = Field(alias="applied_by")
    applied_candidate: Optional[int] = Field(alias="applied_candidate")
    applied_version_id: Optional[uuid.UUID] = Field(alias="applied_version_id")
    compare_failed: int = Field(alias="compare_failed")
    compare_total: int = Field(alias="compare_total")
    compared: int = Field(alias="compared")
    created_at: datetime.datetime = Field(alias="created_at")
    created_by: uuid.UUID = Field(alias="created_by")
    document_ids: List[uuid.UUID] = Field(alias="document_ids")
    dropped: JsonValue = Field(alias="dropped")
    failure_code: Optional[str] = Field(alias="failure_code")
    failure_detail: Optional[str] = Field(alias="failure_detail")
    finished_at: Optional[datetime.datetime] = Field(alias="finished_at")
    id: uuid.UUID = Field(alias="id")
    instructions: Optional[str] = Field(alias="instructions")
    kind: str = Field(alias="kind")
    origin: Optional[str] = Field(alias="origin")
    project_id: uuid.UUID = Field(alias="project_id")
    reason: Optional[str] = Field(alias="reason")
    request_id: Optional[str] = Field(alias="request_id")
    state: str = Field(alias="state")
    variable_id: Optional[uuid.UUID] = Field(alias="variable_id")

class PublicSchemaSuggestionsInsert(TypedDict):
    answer: NotRequired[Annotated[Optional[JsonValue], Field(alias="answer")]]
    applied_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="applied_at")]]
    applied_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="applied_by")]]
    applied_candidate: NotRequired[Annotated[Optional[int], Field(alias="applied_candidate")]]
    applied_version_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="applied_version_id")]]
    compare_failed: NotRequired[Annotated[int, Field(alias="compare_failed")]]
    compare_total: NotRequired[Annotated[int, Field(alias="compare_total")]]
    compared: NotRequired[Annotated[int, Field(alias="compared")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    created_by: Annotated[uuid.UUID, Field(alias="created_by")]
    document_ids: Annotated[List[uuid.UUID], Field(alias="document_ids")]
    dropped: NotRequired[Annotated[JsonValue, Field(alias="dropped")]]
    failure_code: NotRequired[Annotated[Optional[str], Field(alias="failure_code")]]
    failure_detail: NotRequired[Annotated[Optional[str], Field(alias="failure_detail")]]
    finished_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="finished_at")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    instructions: NotRequired[Annotated[Optional[str], Field(alias="instructions")]]
    kind: Annotated[str, Field(alias="kind")]
    origin: NotRequired[Annotated[Optional[str], Field(alias="origin")]]
    project_id: Annotated[uuid.UUID, Field(alias="project_id")]
    reason: NotRequired[Annotated[Optional[str], Field(alias="reason")]]
    request_id: NotRequired[Annotated[Optional[str], Field(alias="request_id")]]
    state: NotRequired[Annotated[str, Field(alias="state")]]
    variable_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="variable_id")]]

class PublicSchemaSuggestionsUpdate(TypedDict):
    answer: NotRequired[Annotated[Optional[JsonValue], Field(alias="answer")]]
    applied_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="applied_at")]]
    applied_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="applied_by")]]
    applied_candidate: NotRequired[Annotated[Optional[int], Field(alias="applied_candidate")]]
    applied_version_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="applied_version_id")]]
    compare_failed: NotRequired[Annotated[int, Field(alias="compare_failed")]]
    compare_total: NotRequired[Annotated[int, Field(alias="compare_total")]]
    compared: NotRequired[Annotated[int, Field(alias="compared")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    created_by: NotRequired[Annotated[uuid.UUID, Field(alias="created_by")]]
    document_ids: NotRequired[Annotated[List[uuid.UUID], Field(alias="document_ids")]]
    dropped: NotRequired[Annotated[JsonValue, Field(alias="dropped")]]
    failure_code: NotRequired[Annotated[Optional[str], Field(alias="failure_code")]]
    failure_detail: NotRequired[Annotated[Optional[str], Field(alias="failure_detail")]]
    finished_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="finished_at")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    instructions: NotRequired[Annotated[Optional[str], Field(alias="instructions")]]
    kind: NotRequired[Annotated[str, Field(alias="kind")]]
    origin: NotRequired[Annotated[Optional[str], Field(alias="origin")]]
    project_id: NotRequired[Annotated[uuid.UUID, Field(alias="project_id")]]
    reason: NotRequired[Annotated[Optional[str], Field(alias="reason")]]
    request_id: NotRequired[Annotated[Optional[str], Field(alias="request_id")]]
    state: NotRequired[Annotated[str, Field(alias="state")]]
    variable_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="variable_id")]]

class PublicSchemaTemplates(BaseModel):
    context: JsonValue = Field(alias="context")
    created_at: datetime.datetime = Field(alias="created_at")
    description: str = Field(alias="description")
    id: uuid.UUID = Field(alias="id")
    name: str = Field(alias="name")
    owner_id: Optional[uuid.UUID] = Field(alias="owner_id")
    variables: JsonValue = Field(alias="variables")

class PublicSchemaTemplatesInsert(TypedDict):
    context: NotRequired[Annotated[JsonValue, Field(alias="context")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    description: NotRequired[Annotated[str, Field(alias="description")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    name: Annotated[str, Field(alias="name")]
    owner_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="owner_id")]]
    variables: Annotated[JsonValue, Field(alias="variables")]

class PublicSchemaTemplatesUpdate(TypedDict):
    context: NotRequired[Annotated[JsonValue, Field(alias="context")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    description: NotRequired[Annotated[str, Field(alias="description")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    name: NotRequired[Annotated[str, Field(alias="name")]]
    owner_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="owner_id")]]
    variables: NotRequired[Annotated[JsonValue, Field(alias="variables")]]

class PublicSchemaVersions(BaseModel):
    active: bool = Field(alias="active")
    approved_at: Optional[datetime.datetime] = Field(alias="approved_at")
    approved_by: Optional[uuid.UUID] = Field(alias="approved_by")
    created_at: datetime.datetime = Field(alias="created_at")
    created_by: Optional[uuid.UUID] = Field(alias="created_by")
    id: uuid.UUID = Field(alias="id")
    number: int = Field(alias="number")
    project_id: uuid.UUID = Field(alias="project_id")
    snapshot: JsonValue = Field(alias="snapshot")
    snapshot_hash: str = Field(alias="snapshot_hash")

class PublicSchemaVersionsInsert(TypedDict):
    active: NotRequired[Annotated[bool, Field(alias="active")]]
    approved_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="approved_at")]]
    approved_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="approved_by")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    created_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="created_by")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    number: Annotated[int, Field(alias="number")]
    project_id: Annotated[uuid.UUID, Field(alias="project_id")]
    snapshot: Annotated[JsonValue, Field(alias="snapshot")]
    snapshot_hash: Annotated[str, Field(alias="snapshot_hash")]

class PublicSchemaVersionsUpdate(TypedDict):
    active: NotRequired[Annotated[bool, Field(alias="active")]]
    approved_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="approved_at")]]
    approved_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="approved_by")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    created_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="created_by")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    number: NotRequired[Annotated[int, Field(alias="number")]]
    project_id: NotRequired[Annotated[uuid.UUID, Field(alias="project_id")]]
    snapshot: NotRequired[Annotated[JsonValue, Field(alias="snapshot")]]
    snapshot_hash: NotRequired[Annotated[str, Field(alias="snapshot_hash")]]

class PublicVariables(BaseModel):
    aliases: List[str] = Field(alias="aliases")
    categories: List[str] = Field(alias="categories")
    created_at: datetime.datetime = Field(alias="created_at")
    default: Optional[JsonValue] = Field(alias="default")
    depends_on: Optional[JsonValue] = Field(alias="depends_on")
    id: uuid.UUID = Field(alias="id")
    instructions: str = Field(alias="instructions")
    key: str = Field(alias="key")
    label: str = Field(alias="label")
    last_revision: int = Field(alias="last_revision")
    max_values: Optional[int] = Field(alias="max_values")
    multiple: bool = Field(alias="multiple")
    position: int = Field(alias="position")
    project_id: uuid.UUID = Field(alias="project_id")
    required: bool = Field(alias="required")
    revision: int = Field(alias="revision")
    rules: JsonValue = Field(alias="rules")
    several: str = Field(alias="several")
    type: str = Field(alias="type")
    uncertainty_action: str = Field(alias="uncertainty_action")
    uncertainty_threshold: float = Field(alias="uncertainty_threshold")
    updated_at: datetime.datetime = Field(alias="updated_at")

class PublicVariablesInsert(TypedDict):
    aliases: NotRequired[Annotated[List[str], Field(alias="aliases")]]
    categories: NotRequired[Annotated[List[str], Field(alias="categories")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    default: NotRequired[Annotated[Optional[JsonValue], Field(alias="default")]]
    depends_on: NotRequired[Annotated[Optional[JsonValue], Field(alias="depends_on")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    instructions: NotRequired[Annotated[str, Field(alias="instructions")]]
    key: Annotated[str, Field(alias="key")]
    label: Annotated[str, Field(alias="label")]
    last_revision: NotRequired[Annotated[int, Field(alias="last_revision")]]
    max_values: NotRequired[Annotated[Optional[int], Field(alias="max_values")]]
    multiple: NotRequired[Annotated[bool, Field(alias="multiple")]]
    position: NotRequired[Annotated[int, Field(alias="position")]]
    project_id: Annotated[uuid.UUID, Field(alias="project_id")]
    required: NotRequired[Annotated[bool, Field(alias="required")]]
    revision: NotRequired[Annotated[int, Field(alias="revision")]]
    rules: NotRequired[Annotated[JsonValue, Field(alias="rules")]]
    several: NotRequired[Annotated[str, Field(alias="several")]]
    type: Annotated[str, Field(alias="type")]
    uncertainty_action: NotRequired[Annotated[str, Field(alias="uncertainty_action")]]
    uncertainty_threshold: NotRequired[Annotated[float, Field(alias="uncertainty_threshold")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicVariablesUpdate(TypedDict):
    aliases: NotRequired[Annotated[List[str], Field(alias="aliases")]]
    categories: NotRequired[Annotated[List[str], Field(alias="categories")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    default: NotRequired[Annotated[Optional[JsonValue], Field(alias="default")]]
    depends_on: NotRequired[Annotated[Optional[JsonValue], Field(alias="depends_on")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    instructions: NotRequired[Annotated[str, Field(alias="instructions")]]
    key: NotRequired[Annotated[str, Field(alias="key")]]
    label: NotRequired[Annotated[str, Field(alias="label")]]
    last_revision: NotRequired[Annotated[int, Field(alias="last_revision")]]
    max_values: NotRequired[Annotated[Optional[int], Field(alias="max_values")]]
    multiple: NotRequired[Annotated[bool, Field(alias="multiple")]]
    position: NotRequired[Annotated[int, Field(alias="position")]]
    project_id: NotRequired[Annotated[uuid.UUID, Field(alias="project_id")]]
    required: NotRequired[Annotated[bool, Field(alias="required")]]
    revision: NotRequired[Annotated[int, Field(alias="revision")]]
    rules: NotRequired[Annotated[JsonValue, Field(alias="rules")]]
    several: NotRequired[Annotated[str, Field(alias="several")]]
    type: NotRequired[Annotated[str, Field(alias="type")]]
    uncertainty_action: NotRequired[Annotated[str, Field(alias="uncertainty_action")]]
    uncertainty_threshold: NotRequired[Annotated[float, Field(alias="uncertainty_threshold")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicZones(BaseModel):
    confidence: float = Field(alias="confidence")
    created_at: datetime.datetime = Field(alias="created_at")
    document_id: uuid.UUID = Field(alias="document_id")
    id: uuid.UUID = Field(alias="id")
    kind: str = Field(alias="kind")
    page: int = Field(alias="page")
    position: int = Field(alias="position")
    project_id: uuid.UUID = Field(alias="project_id")
    source: str = Field(alias="source")
    text: str = Field(alias="text")
    version: int = Field(alias="version")
    x0: float = Field(alias="x0")
    x1: float = Field(alias="x1")
    y0: float = Field(alias="y0")
    y1: float = Field(alias="y1")

class PublicZonesInsert(TypedDict):
    confidence: NotRequired[Annotated[float, Field(alias="confidence")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    document_id: Annotated[uuid.UUID, Field(alias="document_id")]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    kind: Annotated[str, Field(alias="kind")]
    page: Annotated[int, Field(alias="page")]
    position: Annotated[int, Field(alias="position")]
    project_id: Annotated[uuid.UUID, Field(alias="project_id")]
    source: NotRequired[Annotated[str, Field(alias="source")]]
    text: Annotated[str, Field(alias="text")]
    version: NotRequired[Annotated[int, Field(alias="version")]]
    x0: Annotated[float, Field(alias="x0")]
    x1: Annotated[float, Field(alias="x1")]
    y0: Annotated[float, Field(alias="y0")]
    y1: Annotated[float, Field(alias="y1")]

class PublicZonesUpdate(TypedDict):
    confidence: NotRequired[Annotated[float, Field(alias="confidence")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    document_id: NotRequired[Annotated[uuid.UUID, Field(alias="document_id")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    kind: NotRequired[Annotated[str, Field(alias="kind")]]
    page: NotRequired[Annotated[int, Field(alias="page")]]
    position: NotRequired[Annotated[int, Field(alias="position")]]
    project_id: NotRequired[Annotated[uuid.UUID, Field(alias="project_id")]]
    source: NotRequired[Annotated[str, Field(alias="source")]]
    text: NotRequired[Annotated[str, Field(alias="text")]]
    version: NotRequired[Annotated[int, Field(alias="version")]]
    x0: NotRequired[Annotated[float, Field(alias="x0")]]
    x1: NotRequired[Annotated[float, Field(alias="x1")]]
    y0: NotRequired[Annotated[float, Field(alias="y0")]]
    y1: NotRequired[Annotated[float, Field(alias="y1")]]

class PublicResultsLong(BaseModel):
    absent_reason: Optional[str] = Field(alias="absent_reason")
    box: Optional[List[float]] = Field(alias="box")
    confidence: Optional[float] = Field(alias="confidence")
    document: str = Field(alias="document")
    document_id: uuid.UUID = Field(alias="document_id")
    evidence: Optional[str] = Field(alias="evidence")
    extraction_id: Optional[uuid.UUID] = Field(alias="extraction_id")
    flags: Optional[List[str]] = Field(alias="flags")
    item: Optional[int] = Field(alias="item")
    job_id: Optional[uuid.UUID] = Field(alias="job_id")
    key: str = Field(alias="key")
    label: str = Field(alias="label")
    origin: Optional[str] = Field(alias="origin")
    original_value: Optional[JsonValue] = Field(alias="original_value")
    page: Optional[int] = Field(alias="page")
    position: int = Field(alias="position")
    project_id: uuid.UUID = Field(alias="project_id")
    quote: Optional[str] = Field(alias="quote")
    revision: Optional[int] = Field(alias="revision")
    row_index: Optional[int] = Field(alias="row_index")
    state: Optional[str] = Field(alias="state")
    text: Optional[str] = Field(alias="text")
    type: str = Field(alias="type")
    updated_at: Optional[datetime.datetime] = Field(alias="updated_at")
    value: Optional[JsonValue] = Field(alias="value")
    variable_id: uuid.UUID = Field(alias="variable_id")
    verified: Optional[bool] = Field(alias="verified")
    version: Optional[int] = Field(alias="version")
