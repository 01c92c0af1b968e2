"""Settings of what one request may take."""

from pydantic import BaseModel, ConfigDict, Field


class RequestSettings(BaseModel):
    """Bounds of sizes, times and numbers of requests."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    max_rows: int = Field(default=10_000, ge=1, le=1_000_000)
    """Most rows of one request; more get 422."""

    max_body_bytes: int = Field(default=32 * 2**20, ge=1024, le=2**30)
    """Largest body; a larger one gets 413 after so many bytes."""

    max_header_bytes: int = Field(default=32 * 2**10, ge=1024, le=2**20)
    """Largest request line with its headers; a larger one gets 431."""

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

    @property
    def wait_target_s(self) -> float:
        """The wait that says that too many are under way, in seconds."""
        return min(self.queue_target_ms, self.request_timeout_ms / 4) / 1e3
