"""The file of keys, read again when it changes."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import structlog

from model.errors import DynIntError, InvalidInputError
from model.os_errors import in_words
from model.regular_file import read_regular
from service.access.key_ring import MOST_BYTES, KeyRing
from service.daemon_thread import in_daemon_thread

_log = structlog.get_logger()


def read_keys(path: Path) -> tuple[bytes, KeyRing]:
    """Read the keys as a gateway does at its start: the file's bytes, and what they say.

    Raises:
        InvalidInputError: naming the file, and the line and the rule that it breaks.
    """
    try:
        content = read_regular(path, MOST_BYTES + 1)
    except OSError as error:
        raise InvalidInputError(
            f"api_keys_file: must be a file that can be read; {path}: {in_words(error)}"
        ) from None
    return content, KeyRing.from_bytes(content, path)


class KeyFile:
    """Watches a file of keys.

    Its bytes are compared, not its time: a secret that is mounted is replaced by a link. A file that
    cannot be read or breaks a rule changes nothing: the keys from before go on.

    Args:
        path: the file.
        on_keys: given the keys of each new content.
        on_refused: called once for each new content that is refused.
        poll_s: time between two looks, in seconds.

    Raises:
        InvalidInputError: if there are no keys to begin with: naming the file, the line and the rule.
    """

    def __init__(
        self,
        path: Path,
        on_keys: Callable[[KeyRing], None],
        on_refused: Callable[[], None],
        poll_s: float = 1.0,
    ) -> None:
        self._path = path
        self._on_keys = on_keys
        self._on_refused = on_refused
        self._poll_s = poll_s
        self._task: asyncio.Task[None] | None = None
        self._seen: bytes | str
        self._seen, ring = read_keys(path)
        on_keys(ring)

    def start(self) -> None:
        """Begin to watch."""
        self._task = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Watch no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._poll_s)
            try:
                now: bytes | str = await in_daemon_thread(self._read, "api-keys")
            except OSError as error:
                now = in_words(error)
            if now != self._seen:
                self._seen = now
                self._take(now)

    def _read(self) -> bytes:
        return read_regular(self._path, MOST_BYTES + 1)

    def _take(self, content: bytes | str) -> None:
        """Use a new content, or say why not; a text is what kept it from being read."""
        try:
            if isinstance(content, str):
                raise InvalidInputError(f"{self._path}: {content}")
            ring = KeyRing.from_bytes(content, self._path)
        except DynIntError as error:
            _log.error("api_keys_refused", text=str(error))
            self._on_refused()
        else:
            self._on_keys(ring)
            _log.info("api_keys_loaded", keys=len(ring))
