"""Settings: one frozen object from the environment, faults reported together.

Read in `__main__` and nowhere else. Names are those of .env.example. Blank means unset. The api
never sees a secret: its settings have no field for one.
"""

import math
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Url = Annotated[str, Field(pattern="^https?://"), AfterValidator(lambda url: url.rstrip("/"))]


class Settings(BaseSettings):
    """What both processes need."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_file=".env", env_ignore_empty=True
    )

    supabase_url: Url = Field(alias="SUPABASE_URL")
    supabase_publishable_key: str = Field(alias="SUPABASE_PUBLISHABLE_KEY")
    log_format: Literal["json", "text"] = Field("json", alias="DOSSIER_LOG_FORMAT")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", alias="DOSSIER_LOG_LEVEL"
    )


class ApiSettings(Settings):
    """The api process: it acts as the caller and holds neither the secret key nor a model key."""

    host: str = Field("127.0.0.1", alias="DOSSIER_API_HOST")
    port: int = Field(8000, alias="DOSSIER_SERVICE_PORT", ge=0, le=65535)
    cors_origins: str = Field("http://localhost:5173", alias="DOSSIER_CORS_ORIGINS")
    max_file_bytes: int = Field(100 * 1024 * 1024, alias="DOSSIER_MAX_FILE_BYTES", gt=0)
    max_request_bytes: int = Field(512 * 1024 * 1024, alias="DOSSIER_MAX_REQUEST_BYTES", gt=0)
    max_files: int = Field(100, alias="DOSSIER_MAX_FILES", gt=0, le=1000)
    drain_seconds: int = Field(20, alias="DOSSIER_DRAIN_SECONDS", ge=0)


class WorkerSettings(Settings):
    """The worker process: the secret key and the model key live here only."""

    supabase_secret_key: SecretStr = Field(alias="SUPABASE_SECRET_KEY")
    model_api_key: SecretStr | None = Field(None, alias="DOSSIER_MODEL_API_KEY")
    model_base_url: str | None = Field(None, alias="DOSSIER_MODEL_BASE_URL")
    model_name: str = Field("gpt-4.1-mini", alias="DOSSIER_MODEL_NAME")
    model_timeout_seconds: float = Field(120, alias="DOSSIER_MODEL_TIMEOUT_SECONDS", gt=0)
    model_context_tokens: int = Field(1_000_000, alias="DOSSIER_MODEL_CONTEXT_TOKENS", gt=0)
    model_max_output_tokens: int = Field(8192, alias="DOSSIER_MODEL_MAX_OUTPUT_TOKENS", gt=0)
    model_rest_seconds: float = Field(30, alias="DOSSIER_MODEL_REST_SECONDS", gt=0)
    model_input_price: float = Field(0, alias="DOSSIER_MODEL_INPUT_PRICE", ge=0)
    model_output_price: float = Field(0, alias="DOSSIER_MODEL_OUTPUT_PRICE", ge=0)
    concurrency: int = Field(16, alias="DOSSIER_WORKER_CONCURRENCY", ge=1, le=256)
    parse_processes: int = Field(2, alias="DOSSIER_PARSE_PROCESSES", ge=1, le=32)
    parse_seconds: float = Field(60, alias="DOSSIER_PARSE_SECONDS", gt=0)
    parse_memory_bytes: int = Field(1024**3, alias="DOSSIER_PARSE_MEMORY_BYTES", gt=0)
    lease_seconds: int = Field(60, alias="DOSSIER_LEASE_SECONDS", ge=1, le=600)
    poll_seconds: float = Field(0.5, alias="DOSSIER_POLL_SECONDS", gt=0)
    worker_drain_seconds: float = Field(30, alias="DOSSIER_WORKER_DRAIN_SECONDS", ge=0)
    worker_metrics_port: int | None = Field(None, alias="DOSSIER_WORKER_METRICS_PORT")
    spool_dir: Path | None = Field(None, alias="DOSSIER_SPOOL_DIR")

    @model_validator(mode="after")
    def _require_a_key_for_the_server(self) -> Self:
        if self.model_base_url and not self.model_api_key:
            raise ValueError("DOSSIER_MODEL_BASE_URL is set without DOSSIER_MODEL_API_KEY")
        return self

    def cost_micros(self, input_tokens: int, output_tokens: int) -> int:
        """Price of a call in millionths: prices are given per million tokens. Rounded up."""
        return math.ceil(
            input_tokens * self.model_input_price + output_tokens * self.model_output_price
        )
