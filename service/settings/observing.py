"""Settings of what is told about requests."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class ObservingSettings(BaseModel):
    """Logs, traces and samples."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least level of the log's lines on standard error."""

    log_format: Literal["auto", "json", "console"] = "auto"
    """``auto`` writes JSON lines unless standard error is a terminal."""

    log_sample: float = Field(default=0.01, ge=0, le=1)
    """Share of the requests that the log tells of, chosen by their ids; failures come anyway."""

    log_slow_ms: int = Field(default=250, ge=1)
    """Requests that take longer are told of too, ten a second at most."""

    gate_sample: float = Field(default=0.01, ge=0, le=1)
    """Share of the requests for which the model's gates are measured, after the answer."""

    tracing_endpoint: str | None = Field(default=None, pattern=r"^https?://[^/?#@\s]+$")
    """Collector of traces by OTLP over gRPC, ``http://host:4317``; needs ``dynint[tracing]``."""

    tracing_sample: float = Field(default=0.01, ge=0, le=1)
    """Share of the requests that are traced if the caller's ``traceparent`` does not decide."""
