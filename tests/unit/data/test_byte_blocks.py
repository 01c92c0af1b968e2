import bz2
import gzip
from pathlib import Path

import pytest
import zstandard

from model.errors import InvalidInputError
from training.datasets.byte_blocks import LONGEST_LINE, read_blocks

TEXT = b"".join(b"line %d with some text\n" % number for number in range(5000))


def compressed(name: str, text: bytes) -> bytes:
    if name.endswith(".gz"):
        return gzip.compress(text)
    if name.endswith(".bz2"):
        return bz2.compress(text)
    return zstandard.ZstdCompressor().compress(text) if name.endswith(".zst") else text


def write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("name", ["log.txt", "log.gz", "log.zst", "log.bz2"])
@pytest.mark.parametrize("size", [1, 100, 1 << 20])
def test_gives_every_line_once_with_its_number(tmp_path: Path, name: str, size: int):
    text = TEXT if size > 1 else TEXT[:2000]
    path = write(tmp_path, name, compressed(name, text))
    blocks = list(read_blocks(path, size))
    assert b"".join(block.data for block in blocks) == text[: text.rfind(b"\n")] + (
        b"\n" if text.endswith(b"\n") else text[text.rfind(b"\n") :] + b"\n"
    )
    line = 1
    for block in blocks:
        assert block.first_line == line
        assert block.data.count(b"\n") == block.lines
        assert block.data.endswith(b"\n")
        line += block.lines
    assert blocks[-1].done == path.stat().st_size


@pytest.mark.parametrize("name", ["log.gz", "log.zst", "log.bz2"])
def test_reads_every_member_of_a_file_made_of_several(tmp_path: Path, name: str):
    path = write(tmp_path, name, compressed(name, b"a\n") + compressed(name, b"b\nc\n"))
    assert b"".join(block.data for block in read_blocks(path)) == b"a\nb\nc\n"


def test_tells_compression_by_the_bytes_not_the_name(tmp_path: Path):
    path = write(tmp_path, "log", gzip.compress(b"a\n"))
    assert [block.data for block in read_blocks(path)] == [b"a\n"]


@pytest.mark.parametrize("name", ["log.gz", "log.zst", "log.bz2"])
def test_refuses_a_file_that_is_not_what_its_name_says(tmp_path: Path, name: str):
    with pytest.raises(InvalidInputError, match="as its name says"):
        list(read_blocks(write(tmp_path, name, b"plain text\n")))


@pytest.mark.parametrize("name", ["log.gz", "log.zst", "log.bz2"])
def test_refuses_a_compressed_file_that_is_cut_off(tmp_path: Path, name: str):
    data = compressed(name, TEXT)
    with pytest.raises(InvalidInputError, match="cut off or damaged"):
        list(read_blocks(write(tmp_path, name, data[:-20])))


@pytest.mark.parametrize("flip", [500, -6])
def test_refuses_a_gzip_file_with_a_flipped_bit(tmp_path: Path, flip: int):
    data = bytearray(gzip.compress(TEXT))
    data[flip] ^= 1
    with pytest.raises(InvalidInputError, match="cut off or damaged"):
        list(read_blocks(write(tmp_path, "log.gz", bytes(data))))


@pytest.mark.parametrize("name", ["log.txt", "log.gz", "log.zst", "log.bz2"])
def test_an_empty_file_has_no_blocks(tmp_path: Path, name: str):
    assert list(read_blocks(write(tmp_path, name, compressed(name, b"")))) == []


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_carriage_returns_at_line_ends_go_and_a_last_line_gets_its_end(tmp_path: Path, size: int):
    path = write(tmp_path, "log.txt", b"a\r\nb\rc\r\n\r\nd")
    assert b"".join(block.data for block in read_blocks(path, size)) == b"a\nb\rc\n\nd\n"


def test_a_byte_order_mark_goes_at_the_start_only(tmp_path: Path):
    path = write(tmp_path, "log.txt", b"\xef\xbb\xbfa\n\xef\xbb\xbfb\n")
    data = b"".join(block.data for block in read_blocks(path, 1))
    assert data == b"a\n\xef\xbb\xbfb\n"


def test_refuses_a_log_without_line_ends(tmp_path: Path):
    path = write(tmp_path, "log.txt", b"a\n" + b"x" * (LONGEST_LINE + 2))
    with pytest.raises(InvalidInputError, match=r"log\.txt:2: a line must end within"):
        list(read_blocks(path, 1 << 20))


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(FileNotFoundError) as caught:
        list(read_blocks(tmp_path / "none.txt"))
    assert caught.value.filename == str(tmp_path / "none.txt")


def test_text_that_starts_as_bzip2_does_is_text(tmp_path: Path):
    path = write(tmp_path, "log.txt", b"BZh9 is a model\n")
    assert [block.data for block in read_blocks(path)] == [b"BZh9 is a model\n"]


def test_a_parquet_log_is_no_text(tmp_path: Path):
    with pytest.raises(InvalidInputError, match=r"log\.parquet: .*a TOML file that describes it"):
        list(read_blocks(write(tmp_path, "log.parquet", b"PAR1\x15\n")))


def test_refuses_a_folder(tmp_path: Path):
    with pytest.raises(InvalidInputError, match="must be a regular file"):
        list(read_blocks(tmp_path))
