"""Commands as Redis reads them."""

from typing import cast

import hiredis


def pack(*words: str | bytes) -> bytes:
    """Write one command: its name and its arguments."""
    # hiredis' stub takes a tuple of one word only.
    return cast(bytes, hiredis.pack_command(words))  # type: ignore[arg-type]
