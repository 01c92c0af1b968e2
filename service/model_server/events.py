"""Lines about what happens in the server."""

from contextlib import suppress

from model.console import say


def tell(line: str) -> None:
    """Say a line on standard error; a reader that is gone must not end the server."""
    with suppress(OSError):
        say(f"model-server: {line}")
