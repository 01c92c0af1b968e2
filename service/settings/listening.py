"""Settings of where the gateway listens, and of its end."""

from ipaddress import ip_network
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class ListeningSettings(BaseModel):
    """Addresses, and how the process ends."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    host: str = Field(default="127.0.0.1", min_length=1)
    """Address to listen on; ``0.0.0.0`` is every one of IPv4, ``::`` every one of IPv6."""

    port: int = Field(default=8080, ge=0, le=65535)
    """Port to listen on; 0 takes a free one."""

    admin_port: int | None = Field(default=None, ge=0, le=65535)
    """Port of /metrics, /healthz, /docs and /openapi.json, which then answer nowhere else; no key is
    asked for there. 0 takes a free one; without it all is at one port."""

    admin_host: str = Field(default="127.0.0.1", min_length=1)
    """Address to listen on for these."""

    max_connections: int = Field(default=10_000, ge=1)
    """Most connections at a time; further ones get 503 and are closed. Fewer if the process may not
    have so many files open, and 128 for itself."""

    trusted_proxies: str = ""
    """Addresses or networks, ``10.0.0.7,10.1.0.0/16``, whose X-Forwarded-For names the client: for
    limits by address behind a proxy. Nobody's is believed by default."""

    drain_ms: int = Field(default=1_000, ge=0, le=600_000)
    """After SIGTERM: how long requests are still taken while /readyz says no."""

    shutdown_timeout_ms: int = Field(default=10_000, ge=1, le=600_000)
    """After that: how long requests under way may take to end."""

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        for each in filter(None, value.split(",")):
            try:
                ip_network(each.strip())
            except ValueError:
                raise ValueError("must be addresses or networks such as 10.1.0.0/16") from None
        return value

    @model_validator(mode="after")
    def _two_ports(self) -> Self:
        if self.admin_port and self.admin_port == self.port:
            raise ValueError("admin_port must be another than port; received the same")
        return self
