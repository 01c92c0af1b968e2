"""Where the real click logs are, if they are: ``DYNINT_REAL_DATA``, else ``../shared/data``."""

import os
from pathlib import Path

import pytest

_FOLDER = Path(
    os.environ.get("DYNINT_REAL_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
)

REAL_DATA: Path | None = _FOLDER if _FOLDER.is_dir() else None

needs_real_data = pytest.mark.skipif(
    REAL_DATA is None, reason="the real click logs are not on this machine"
)
