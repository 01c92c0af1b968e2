"""Settings of who may ask, and how much."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from service.access.rate import LEAST, MOST, MOST_AT_ONCE, Rate


class AccessSettings(BaseModel):
    """API keys and limits. A limit is of each caller with a key, or without keys of each address."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    api_keys_file: Path | None = None
    """File of API keys' hashes, one a line, read again when it changes; without it nobody needs a
    key. ``python -m service.api_keys new NAME`` makes a key and its line."""

    rate_requests_per_s: float | None = Field(default=None, ge=LEAST, le=MOST)
    """Most requests per second of one caller; more get 429. Lines of the file may say otherwise."""

    rate_burst: int = Field(default=0, ge=0, le=MOST_AT_ONCE)
    """Most requests of one caller at once after a pause; 0 is what a second allows."""

    rate_rows_per_s: float | None = Field(default=None, ge=LEAST, le=MOST)
    """Most scored rows per second of one caller: while more were scored, further requests get 429."""

    @property
    def rate(self) -> Rate:
        """Limits of a caller who has none of its own."""
        return Rate(self.rate_requests_per_s, self.rate_burst, self.rate_rows_per_s)
