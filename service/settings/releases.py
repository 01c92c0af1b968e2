"""Settings of what is served."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator


class ReleaseSettings(BaseModel):
    """Which releases, and how much of them is kept in memory."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    release_root: Path = Path("releases")
    """Folder of the releases: ``<model_name>/<version>/`` and ``current.json`` beside it."""

    model_name: str = Field(default="dynint", pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$")
    """Which model of the release root is served."""

    l1_rows: int = Field(default=200_000, ge=1, le=50_000_000)
    """Embedding rows kept in process, by raw value."""

    l1_inherit_ms: int = Field(default=10_000, ge=0, le=600_000)
    """On a flip: longest time for filling the new release's L1 with the values of the live one's."""

    table_preload_mb: int = Field(default=1024, ge=0)
    """Before a release is ready, so many MiB of its embedding table are read into the page cache:
    first what finds a row (12 bytes per level), then, if they fit as a whole, the rows."""

    unknown_fields: Literal["refuse", "ignore"] = "refuse"
    """What becomes of fields that no loaded release knows: 422, or ignored and counted."""

    pointer_poll_ms: int = Field(default=250, ge=10, le=60_000)
    """How often ``current.json`` is looked at."""

    keep_previous: bool = True
    """Whether the release that was live before stays loaded, so that a rollback is a swap and takes
    ``pointer_poll_ms``. It holds its dense model and up to ``l1_rows`` rows (of 16 floats some 300
    bytes each with their keys) until the next promotion; its table is mapped, and gives way."""

    @field_validator("release_root", mode="before")
    @classmethod
    def _named(cls, value: object) -> object:
        if value == "":
            raise ValueError("must name a folder; received an empty text ('.' is this folder)")
        return value

    @property
    def model_dir(self) -> Path:
        """Folder of the model's releases."""
        return self.release_root / self.model_name
