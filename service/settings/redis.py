"""Settings of the second embedding tier."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from model.redis_schemes import SCHEMES
from model.secret_file import read_secret


class RedisSettings(BaseModel):
    """Where Redis is, and how long it is waited for."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    redis_url: SecretStr | None = None
    """Second embedding tier: ``redis://``, ``rediss://`` (TLS), ``unix://``, or ``redis+cluster://``
    and ``rediss+cluster://`` with one or more nodes, ``host:port[,host:port]``."""

    redis_url_file: Path | None = None
    """File with this address, in its place, for one that holds a secret; read at the start."""

    redis_password: SecretStr = SecretStr("")
    """Redis' password, in place of one in the address."""

    redis_password_file: Path | None = None
    """File with Redis' password, in place of one in the address; read at each connection."""

    redis_ca_file: Path | None = None
    """Certificates (PEM) that Redis' certificate must descend from, in place of the system's."""

    redis_budget_ms: int = Field(default=20, ge=1, le=1000)
    """Longest time that a request waits for Redis before it goes on without."""

    redis_connect_timeout_ms: int = Field(default=500, ge=1, le=10_000)
    """Longest time for a connection that is made in the background, and for silence on one."""

    redis_max_connections: int = Field(default=4, ge=1, le=1000)
    """Most connections to one Redis server at a time; requests share them."""

    redis_max_keys: int = Field(default=16_384, ge=1)
    """Most rows that one request asks Redis for; the others come from the table."""

    redis_ttl_s: int = Field(default=86_400, ge=1, le=315_360_000)
    """How long a row that nobody writes again stays in Redis."""

    redis_breaker_failures: int = Field(default=5, ge=1)
    """So many failed reads or writes in a row and Redis is left alone."""

    redis_breaker_cooldown_ms: int = Field(default=1000, ge=10)
    """Time between two attempts to reach a Redis that is left alone."""

    redis_write_queue_rows: int = Field(default=100_000, ge=0)
    """Rows that may wait to be written to Redis; more are not written."""

    @model_validator(mode="before")
    @classmethod
    def _read_file(cls, given: Any) -> Any:
        """Put the address of the file where it belongs, before its rules are checked."""
        path = given.get("redis_url_file") if isinstance(given, dict) else None
        if not path:
            return given
        if given.get("redis_url"):
            raise ValueError("redis_url_file must not be given beside redis_url; both are")
        return {**given, "redis_url": read_secret(Path(path), "redis_url_file")}

    @field_validator("redis_url", mode="before")
    @classmethod
    def _known_redis(cls, value: object) -> object:
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if isinstance(text, str):
            if not text.startswith(SCHEMES):
                raise ValueError(f"must start with one of {', '.join(SCHEMES)}")
            if "ssl_cert_reqs=none" in text.lower():
                raise ValueError("must not switch the verification of certificates off")
        return value
