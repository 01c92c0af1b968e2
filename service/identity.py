"""Which bundle is it, whatever its number?"""

import hashlib
from pathlib import Path

from model.regular_file import read_regular


def identity(bundle: Path) -> str:
    """Return the digest of a bundle's manifest; empty if there is none, and loading will say so."""
    try:
        return hashlib.sha256(read_regular(bundle / "manifest.json")).hexdigest()
    except OSError:
        return ""
