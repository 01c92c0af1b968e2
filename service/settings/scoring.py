"""Settings of the scorer."""

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from service.cpus import default_workers

_TARGET = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+):(\d{1,5})", re.ASCII)
_GRPC = "grpc://"


class ScoringSettings(BaseModel):
    """Who computes the scores, in how many threads."""

    model_config = ConfigDict(use_attribute_docstrings=True)

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

    @property
    def scorer_targets(self) -> tuple[str, ...]:
        """``host:port`` of each model server; empty for the embedded scorer."""
        if self.scorer == "embedded":
            return ()
        return tuple(self.scorer.removeprefix(_GRPC).split(","))

    @property
    def scores_beside_the_loop(self) -> bool:
        """Whether requests are scored while the event loop does something else."""
        return bool(self.scorer_targets) or self.scorer_workers > 1
