"""Raw rows of a log as requests would carry them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from model.errors import InvalidInputError
from model.features import Field
from training.datasets.base_format import LogFormat
from training.datasets.block import Block
from training.datasets.byte_blocks import BLOCK_BYTES
from training.datasets.number_text import parse_number

Instance = dict[str, str | int | float]


def read_instances(
    log: LogFormat,
    paths: Sequence[Path],
    *,
    labelled: bool = True,
    block_bytes: int = BLOCK_BYTES,
) -> Iterator[tuple[int, float, Instance]]:
    """Read logs row by row, for scoring.

    Yields:
        Row number, label (NaN without one), and the fields that are there.

    Raises:
        InvalidInputError: at the first bad line.
        FieldTypeError: at the first numeric column that is no number.
    """
    fields = log.spec(min_count=1).fields
    for block in log.read(paths, labelled=labelled, block_bytes=block_bytes):
        if block.bad:
            raise InvalidInputError(str(block.bad[0]))
        rows, labels = block.rows.tolist(), block.labels.tolist()
        yield from zip(rows, labels, instances(block, np.arange(len(rows)), fields), strict=True)


def instances(
    block: Block, places: npt.NDArray[np.int64], fields: Sequence[Field]
) -> Iterator[Instance]:
    """Make rows of a block requests' instances: numbers as numbers, missing fields absent.

    Raises:
        FieldTypeError: at the first numeric column that is no number.
    """
    columns = [block.columns[field.name].take(places) for field in fields]
    for texts in zip(*columns, strict=True):
        yield as_instance(texts, fields)


def as_instance(texts: Sequence[str], fields: Sequence[Field]) -> Instance:
    """Make one row's raw texts, in the order of the fields, a request's instance.

    Raises:
        FieldTypeError: at the first numeric column that is no number.
    """
    found: Instance = {}
    for text, field in zip(texts, fields, strict=True):
        if text:
            value = parse_number(field.name, text) if field.kind == "numeric" else text
            if value is not None:
                found[field.name] = value
    return found
