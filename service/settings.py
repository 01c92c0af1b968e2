"""The gateway's settings: ``DYNINT_*`` variables, or options of ``dynint serve``."""

import re
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.canary.thresholds import Thresholds
from service.cpus import default_workers
from service.tiers.redis_schemes import SCHEMES

_TARGET = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+):(\d{1,5})", re.ASCII)
_GRPC = "grpc://"


class Settings(BaseSettings):
    """Everything that can be set, frozen. Each name is a variable with the prefix ``DYNINT_``.

    Raises:
        pydantic.ValidationError: naming each setting that breaks its rule, and the rule.
    """

    model_config = SettingsConfigDict(
        env_prefix="DYNINT_", frozen=True, use_attribute_docstrings=True, hide_input_in_errors=True
    )

    release_root: Path = Path("releases")
    """Folder of the releases: ``<model_name>/<version>/`` and ``current.json`` beside it."""

    model_name: str = Field(default="dynint", pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$")
    """Which model of the release root is served."""

    host: str = Field(default="127.0.0.1", min_length=1)
    """Address to listen on."""

    port: int = Field(default=8080, ge=0, le=65535)
    """Port to listen on; 0 takes a free one."""

    scorer: str = "embedded"
    """``embedded`` (TensorFlow in this process) or model servers: ``grpc://host:port[,...]``."""

    scorer_threads: int = Field(default=1, ge=1, le=64)
    """Embedded scorer: threads of one matrix product."""

    scorer_inline_rows: int = Field(default=200, ge=0)
    """Embedded scorer: larger requests are always scored in a thread, beside the others."""

    scorer_workers: int = Field(default_factory=default_workers, ge=1, le=64)
    """Embedded scorer: threads that score. With more than one, requests of more than 20 rows that are
    not alone are scored in them; with one, those above scorer_inline_rows only. By default one per
    CPU (affinity and cgroup quota looked at), at most 4."""

    batch_delay_ms: float = Field(default=5.0, ge=0.0, le=1000.0)
    """Embedded scorer: longest wait of a small request for others that are here already, to be
    scored in one call; one that is alone does not wait. 0 scores each by itself."""

    batch_rows: int = Field(default=128, ge=2)
    """Embedded scorer: most rows of such a call; requests of more than half of it are not small,
    and with more than one of scorer_workers none of more than 20 rows."""

    remote_dtype: Literal["float32", "float16"] = "float32"
    """Model servers: numbers on the wire; float16 halves them, if the bundle offers it."""

    redis_url: SecretStr | None = None
    """Second embedding tier: ``redis://``, ``rediss://`` (TLS), ``unix://``, or ``redis+cluster://``
    and ``rediss+cluster://`` with one or more nodes, ``host:port[,host:port]``."""

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

    redis_ttl_s: int = Field(default=86_400, ge=1)
    """How long a row that nobody writes again stays in Redis."""

    redis_breaker_failures: int = Field(default=5, ge=1)
    """So many failed reads or writes in a row and Redis is left alone."""

    redis_breaker_cooldown_ms: int = Field(default=1000, ge=10)
    """Time between two attempts to reach a Redis that is left alone."""

    redis_write_queue_rows: int = Field(default=100_000, ge=0)
    """Rows that may wait to be written to Redis; more are not written."""

    l1_rows: int = Field(default=200_000, ge=1, le=50_000_000)
    """Embedding rows kept in process, by raw value."""

    l1_inherit_ms: int = Field(default=10_000, ge=0, le=600_000)
    """On a flip: longest time for filling the new release's L1 with the values of the live one's."""

    table_preload_mb: int = Field(default=1024, ge=0)
    """Before a release is ready, so many MiB of its embedding table are read into the page cache:
    first what finds a row (12 bytes per level), then, if they fit as a whole, the rows."""

    unknown_fields: Literal["refuse", "ignore"] = "refuse"
    """What becomes of fields that no loaded release knows: 422, or ignored and counted."""

    max_rows: int = Field(default=10_000, ge=1, le=1_000_000)
    """Most rows of one request; more get 422."""

    max_body_bytes: int = Field(default=32 * 2**20, ge=1024, le=2**30)
    """Largest body; a larger one gets 413 after so many bytes."""

    max_header_bytes: int = Field(default=32 * 2**10, ge=1024, le=2**20)
    """Largest request line with its headers; a larger one gets 431."""

    max_connections: int = Field(default=10_000, ge=1)
    """Most connections at a time; further ones get 503 and are closed. Fewer if the process may not
    have so many files open, and 128 for itself."""

    header_timeout_ms: int = Field(default=30_000, ge=10, le=600_000)
    """How long a request's headers may take to arrive; then 408, and the connection is closed."""

    body_timeout_ms: int = Field(default=5_000, ge=10, le=600_000)
    """How long a request's body may take to arrive; then 408."""

    write_timeout_ms: int = Field(default=30_000, ge=10, le=600_000)
    """How long a client may take to read its answer; then the connection is cut."""

    request_timeout_ms: int = Field(default=1_000, ge=1, le=600_000)
    """Deadline of a request, from the end of its body; then 504."""

    max_concurrent_requests: int = Field(default=256, ge=1)
    """Most requests under way; further ones get 503 at once. Fewer are let in while they wait."""

    queue_target_ms: int = Field(default=50, ge=1, le=60_000)
    """A request that has waited longer for its turn (or a quarter of its deadline, if that is less)
    says that too many are under way."""

    max_body_bytes_in_flight: int = Field(default=256 * 2**20, ge=1024)
    """Most bytes of all bodies at a time; more get 503."""

    pointer_poll_ms: int = Field(default=250, ge=10, le=60_000)
    """How often ``current.json`` is looked at."""

    canary_key_header: str = Field(default="", pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]*$")
    """Header whose value decides, the same each time, whether the canary gets a request, such as a
    user's id. Empty, or a request without it: the request's id decides."""

    canary_min_requests: int = Field(default=200, ge=1)
    """So many requests of the canary, and of the live version, before their times and scores are
    compared."""

    canary_max_error_rate: float = Field(default=0.01, ge=0, le=1)
    """A canary that fails a larger share of its requests is stopped; of the first
    canary_min_requests as soon as so many have failed."""

    canary_max_latency_ratio: float = Field(default=2.0, ge=1)
    """A canary is stopped whose 95th percentile of the last 1,000 times is more than so many times
    the live version's."""

    canary_latency_floor_ms: float = Field(default=10.0, gt=0)
    """There, a live version that is faster than this counts as this: what is fast enough is no
    reason."""

    canary_max_score_shift: float = Field(default=0.25, gt=0)
    """A canary is stopped whose scores are further from the live version's, by population stability
    index over its trial."""

    keep_previous: bool = True
    """Whether the release that was live before stays loaded, so that a rollback is a swap and takes
    ``pointer_poll_ms``. It holds its dense model and up to ``l1_rows`` rows (of 16 floats some 300
    bytes each with their keys) until the next promotion; its table is mapped, and gives way."""

    drain_ms: int = Field(default=1_000, ge=0, le=600_000)
    """After SIGTERM: how long requests are still taken while /readyz says no."""

    shutdown_timeout_ms: int = Field(default=10_000, ge=1, le=600_000)
    """After that: how long requests under way may take to end."""

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

    @field_validator("scorer")
    @classmethod
    def _known_scorer(cls, value: str) -> str:
        if value != "embedded":
            if not value.startswith(_GRPC):
                raise ValueError("must be 'embedded' or 'grpc://host:port[,host:port]'")
            for target in value.removeprefix(_GRPC).split(","):
                found = _TARGET.fullmatch(target)
                if not found or not 1 <= int(found[2]) <= 65535:
                    raise ValueError("must name each model server as host:port")
        return value

    @field_validator("redis_url", mode="before")
    @classmethod
    def _known_redis(cls, value: object) -> object:
        if value == "":
            return None
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if isinstance(text, str):
            if not text.startswith(SCHEMES):
                raise ValueError(f"must start with one of {', '.join(SCHEMES)}")
            if "ssl_cert_reqs=none" in text.lower():
                raise ValueError("must not switch the verification of certificates off")
        return value

    @model_validator(mode="after")
    def _budgets_fit(self) -> Self:
        if self.redis_url is not None and self.redis_budget_ms >= self.request_timeout_ms:
            raise ValueError(
                f"redis_budget_ms ({self.redis_budget_ms}) must be less than "
                f"request_timeout_ms ({self.request_timeout_ms})"
            )
        return self

    @property
    def scorer_targets(self) -> tuple[str, ...]:
        """``host:port`` of each model server; empty for the embedded scorer."""
        if self.scorer == "embedded":
            return ()
        return tuple(self.scorer.removeprefix(_GRPC).split(","))

    @property
    def canary_thresholds(self) -> Thresholds:
        """What a canary is allowed."""
        return Thresholds(
            self.canary_min_requests,
            self.canary_max_error_rate,
            self.canary_max_latency_ratio,
            self.canary_latency_floor_ms,
            self.canary_max_score_shift,
        )

    @property
    def wait_target_s(self) -> float:
        """The wait that says that too many are under way, in seconds."""
        return min(self.queue_target_ms, self.request_timeout_ms / 4) / 1e3

    @property
    def scores_beside_the_loop(self) -> bool:
        """Whether requests are scored while the event loop does something else."""
        return bool(self.scorer_targets) or self.scorer_workers > 1

    @property
    def model_dir(self) -> Path:
        """Folder of the model's releases."""
        return self.release_root / self.model_name
