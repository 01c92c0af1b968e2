"""Logs as blocks of whole lines, decompressed on the way."""

import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from model.errors import InvalidInputError

BLOCK_BYTES = 16 << 20
LONGEST_LINE = 16 << 20
"""A log without a line end in so many bytes is refused: it is no log of lines."""

_MAGIC = {
    "gzip": re.compile(rb"\x1f\x8b"),
    "zstd": re.compile(rb"\x28\xb5\x2f\xfd"),
    "bz2": re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)"),
}
_SUFFIX = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2"}
_BOM = b"\xef\xbb\xbf"


class ByteBlock(NamedTuple):
    r"""Whole lines of a file.

    Args:
        data: the lines, each ended by ``\n``.
        first_line: the first one's number, from 1.
        lines: how many there are.
        done: bytes of the file, as it is on disk, read up to here.
    """

    data: bytes
    first_line: int
    lines: int
    done: int


def read_blocks(path: Path, block_bytes: int = BLOCK_BYTES) -> Iterator[ByteBlock]:
    r"""Read a log block by block, plain or compressed.

    Gzip, zstd and bzip2 are told by a file's first bytes.

    ``\r\n`` becomes ``\n``, a byte order mark at the start goes, and a last line without an end
    gets one.

    Args:
        path: the log.
        block_bytes: about how much to read at a time, in bytes of text.

    Raises:
        InvalidInputError: if the file cannot be read, is cut off or damaged.
        FileNotFoundError: if there is no such file.
    """
    raw, stream = _open(path)
    carry = b""
    line = 1
    with raw:
        while chunk := _read(path, stream, block_bytes):
            data = carry + chunk
            end = data.rfind(b"\n") + 1
            if not end and len(data) > LONGEST_LINE:
                raise InvalidInputError(
                    f"{path}:{line}: a line must end within {LONGEST_LINE:,} bytes; "
                    f"received {len(data):,} bytes without an end (is it a text log?)"
                )
            data, carry = data[:end], data[end:]
            if data:
                block = _block(data, line, raw.tell())
                line += block.lines
                yield block
        if carry:
            yield _block(carry + b"\n", line, raw.tell())


def _block(data: bytes, line: int, done: int) -> ByteBlock:
    if line == 1 and data.startswith(_BOM):
        data = data[len(_BOM) :]
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n")
    return ByteBlock(data, line, data.count(b"\n"), done)


def _open(path: Path) -> tuple[Any, Any]:
    """Open a log; gives the file on disk (its ``tell`` is the progress) and the stream of text."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise InvalidInputError(f"{path}: must be a regular file; received a folder or a pipe")
        with path.open("rb") as file:
            head = file.read(10)
    except PermissionError as error:
        raise InvalidInputError(f"{path}: must be readable; {error.strerror}") from error
    if path.suffix.lower() == ".parquet" and head.startswith(b"PAR1"):
        raise InvalidInputError(
            f"{path}: must be text; a Parquet log needs a TOML file that describes it as its format"
        )
    codec = next((name for name, magic in _MAGIC.items() if magic.match(head)), None)
    named = _SUFFIX.get(path.suffix.lower())
    if head and named and codec != named:
        raise InvalidInputError(f"{path}: must be {named}, as its name says; received other bytes")
    raw = pa.OSFile(str(path))
    return raw, pa.CompressedInputStream(raw, codec) if codec else raw


def _read(path: Path, stream: Any, size: int) -> bytes:
    try:
        return bytes(stream.read(size))
    except OSError as error:
        raise InvalidInputError(
            f"{path}: must be a whole compressed file; it is cut off or damaged ({error})"
        ) from error
