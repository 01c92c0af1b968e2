"""Which levels of a release are asked for most."""

import gzip
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from model.bundle import UNSEEN, EmbeddingTable
from model.errors import FeatureError, InvalidInputError
from model.features import Encoder, Vocabulary

_BLOCK = 10_000
_FORMS = "must be a row or the body of a request, as JSON"


def by_table(table: EmbeddingTable, count: int) -> NDArray[np.uint64]:
    """Take the first levels of the table: any ones, as it is ordered by fingerprint."""
    return table.fingerprints[:count]


def by_vocabulary(table: EmbeddingTable, path: Path, count: int) -> NDArray[np.uint64]:
    """Take the levels that were seen most in training.

    Args:
        table: the release's.
        path: the vocabulary of the prepared data that the release was trained on.
        count: most levels to take.

    Raises:
        InvalidInputError: if the file is no vocabulary, or not that of the release.
    """
    if not path.is_file():
        raise InvalidInputError(
            "--data: must be a folder written by 'dynint prepare'; "
            + (
                f"{path.parent} is none"
                if path.parent.exists()
                else f"{path.parent} does not exist"
            )
        )
    vocabulary = Vocabulary.load(path)
    if not np.array_equal(vocabulary.fingerprints, table.fingerprints):
        raise InvalidInputError(
            f"--data: must be what the release was trained on; {path} has other levels "
            f"({len(vocabulary.fingerprints):,}; the release has {len(table.fingerprints):,})"
        )
    order = np.argsort(-vocabulary.counts, kind="stable")
    return vocabulary.fingerprints[order[:count]]


def by_log(
    table: EmbeddingTable, encoder: Encoder, path: Path, count: int, advance: Callable[[int], None]
) -> NDArray[np.uint64]:
    """Take the levels that come most often in a log of requests.

    Args:
        table: the release's; levels that it does not know are left out.
        encoder: the release's.
        path: one JSON object per line, plain or ``.gz``: a row, ``{"instances": [...]}`` or
            ``{"context": {...}, "candidates": [...]}``.
        count: most levels to take.
        advance: is told how many rows were read.

    Raises:
        InvalidInputError: naming the first line that cannot be read.
    """
    seen: Counter[int] = Counter()
    rows = _rows(path)
    done = 0
    while block := list(islice(rows, _BLOCK)):
        try:
            marks = encoder.fingerprint_rows([row for _, row in block])
        except FeatureError as error:
            line = block[encoder.problems([row for _, row in block], 1)[0].row][0]
            raise InvalidInputError(f"{path}:{line}: {error}") from error
        levels, times = np.unique(marks, return_counts=True)
        seen.update(dict(zip(levels.tolist(), times.tolist(), strict=True)))
        done += len(block)
        advance(done)
    levels = np.fromiter(seen.keys(), np.uint64, len(seen))
    times = np.fromiter(seen.values(), np.int64, len(seen))
    _, states = table.lookup(levels, np.zeros(len(levels), np.intp))
    known = states != UNSEEN
    levels, times = levels[known], times[known]
    return levels[np.lexsort((levels, -times))[:count]]


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, object]]]:
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
        try:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    for row in _rows_of(line, f"{path}:{number}"):
                        yield number, row
        except EOFError as error:
            raise InvalidInputError(
                f"{path}: must be a whole gzip file; it is cut off at its end"
            ) from error
        except (gzip.BadGzipFile, zlib.error) as error:
            raise InvalidInputError(f"{path}: must be a whole gzip file; {error}") from error


def _rows_of(line: bytes, place: str) -> list[Mapping[str, object]]:
    try:
        content = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise InvalidInputError(f"{place}: {_FORMS}; received {error}") from error
    if not isinstance(content, dict):
        raise InvalidInputError(f"{place}: {_FORMS}; received another kind of JSON")
    rows: Any = [content]
    if "instances" in content:
        rows = content["instances"]
    elif "candidates" in content:
        context = content.get("context") or {}
        if isinstance(context, dict) and isinstance(content["candidates"], list):
            rows = [
                {**context, **row} if isinstance(row, dict) else row
                for row in content["candidates"]
            ]
        else:
            rows = None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InvalidInputError(f"{place}: {_FORMS}; its rows must be objects")
    return rows
