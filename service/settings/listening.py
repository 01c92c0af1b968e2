"""Settings of where the gateway listens, and of its end."""

from pydantic import BaseModel, ConfigDict, Field


class ListeningSettings(BaseModel):
    """Addresses, and how the process ends."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    host: str = Field(default="127.0.0.1", min_length=1)
    """Address to listen on."""

    port: int = Field(default=8080, ge=0, le=65535)
    """Port to listen on; 0 takes a free one."""

    drain_ms: int = Field(default=1_000, ge=0, le=600_000)
    """After SIGTERM: how long requests are still taken while /readyz says no."""

    shutdown_timeout_ms: int = Field(default=10_000, ge=1, le=600_000)
    """After that: how long requests under way may take to end."""
