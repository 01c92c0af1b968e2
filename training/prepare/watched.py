"""Blocks of logs, with a progress bar."""

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from pathlib import Path

from model.console import progress
from training.datasets.block import Block
from training.prepare.ahead import ahead

_KILOBYTE = 1_000


def watched(
    blocks: Iterable[Block],
    logs: Sequence[Path],
    label: str,
    note: Callable[[], str] = lambda: "",
) -> Generator[Block, None, None]:
    """Give the same blocks, read one ahead, and show how far the caller is.

    Close it when leaving early (``contextlib.closing``).

    Args:
        blocks: the blocks of all logs.
        logs: the logs.
        label: what is being done.
        note: more to show.
    """
    sizes = [log.stat().st_size for log in logs]
    total = sum(sizes) // _KILOBYTE
    with progress(label, total, "kB") as advance, closing(ahead(blocks)) as coming:
        for block in coming:
            yield block
            advance((sum(sizes[: block.place]) + block.done) // _KILOBYTE, note())
