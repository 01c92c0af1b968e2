"""Logs in Parquet files."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from model.errors import InvalidInputError
from model.features import FeatureSpec
from training.datasets.assemble import assemble, grouped
from training.datasets.bad_line import BadLine
from training.datasets.base_format import LogFormat, check_columns
from training.datasets.block import Block, Coded
from training.datasets.byte_blocks import BLOCK_BYTES
from training.datasets.recipe import Recipe

PARQUET = ".parquet"

_LEAST_ROWS = 1024
_BYTES_A_VALUE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ParquetFormat(LogFormat):
    """What the columns of a Parquet log are; a bad line's number is its row's, from 1.

    Values become the texts of what a request would carry, so that the same one has the same level
    in training and in service: an integer in decimal, a float as JSON writes it in full. Null is a
    missing value, and so is NaN. A categorical field takes strings and integers, as in requests.
    """

    def check_spec(self, spec: FeatureSpec) -> None:
        """Refuse a spec that takes numbers for categories, or the reverse, too.

        Raises:
            InvalidInputError: naming the field.
        """
        LogFormat.check_spec(self, spec)
        kinds = {column.name: column.kind for column in self.columns}
        for field in spec.fields:
            if field.kind != kinds[field.name]:
                raise InvalidInputError(
                    f"spec: field {field.name!r} must be {kinds[field.name]}, as {self.name} says; "
                    f"received {field.kind}"
                )

    def read(
        self,
        paths: Sequence[Path],
        *,
        labelled: bool = True,
        fields: Sequence[str] | None = None,
        timed: bool = False,
        block_bytes: int = BLOCK_BYTES,
    ) -> Iterator[Block]:
        """Read Parquet logs, row group by row group; see ``LogFormat.read``."""
        recipe = self.recipe(labelled=labelled, fields=fields, timed=timed)
        batch_rows = max(_LEAST_ROWS, block_bytes // (_BYTES_A_VALUE * len(recipe.needed)))
        first_row = 0
        for place, path in enumerate(paths):
            size = path.stat().st_size
            with _opened(path) as file:
                check_columns(path, file.schema_arrow.names, recipe)
                _check_types(path, file.schema_arrow, recipe)
                total, done = file.metadata.num_rows, 0
                for raw, rows in _batches(path, file, recipe, batch_rows):
                    done += rows
                    yield _block(
                        raw, rows, recipe, str(path), place, first_row + done - rows, done - rows,
                        size * done // total,
                    )  # fmt: skip
            first_row += total


def parquet_names(path: Path) -> list[str]:
    """Read the columns' names.

    Raises:
        InvalidInputError: if it is no Parquet file.
        FileNotFoundError: if there is no such file.
    """
    with _opened(path) as file:
        return list(file.schema_arrow.names)


def _opened(path: Path) -> Any:
    if not path.is_file():
        path.stat()
        raise InvalidInputError(f"{path}: must be a regular file; received a folder or a pipe")
    try:
        return pq.ParquetFile(path, page_checksum_verification=True)
    except (pa.ArrowException, OSError) as error:
        raise InvalidInputError(f"{path}: must be a Parquet file; {error}") from error


def _check_types(path: Path, schema: Any, recipe: Recipe) -> None:
    """Refuse columns whose values no request could carry in their place."""
    uses = {column.raw: column.kind for column in recipe.columns if not column.rule}
    for name in recipe.needed:
        kind = _value_type(schema.field(name).type)
        if name == recipe.label:
            good = _is_text(kind) or _is_number(kind) or pa.types.is_boolean(kind)
            rule = "of labels must hold booleans, integers, floats or strings"
        elif uses.get(name) == "numeric":
            good = _is_text(kind) or _is_number(kind)
            rule = "of a numeric field must hold integers, floats or strings"
        else:
            good = _is_text(kind) or pa.types.is_integer(kind)
            rule = "of a categorical field, a rule, a time or an id must hold strings or integers"
        if not (good or pa.types.is_null(kind)):
            raise InvalidInputError(f"{path}: column {name!r}: {rule}; received {kind}")


def _batches(
    path: Path, file: Any, recipe: Recipe, rows: int
) -> Iterator[tuple[dict[str, Coded], int]]:
    try:
        for batch in file.iter_batches(rows, columns=list(recipe.needed)):
            yield (
                {
                    name: _texts(batch.column(name), name == recipe.label)
                    for name in recipe.needed
                },
                batch.num_rows,
            )  # fmt: skip
    except (pa.ArrowException, OSError) as error:
        raise InvalidInputError(
            f"{path}: must be a whole Parquet file with strings in UTF-8; {error}"
        ) from error


def _block(
    raw: dict[str, Coded],
    count: int,
    recipe: Recipe,
    file: str,
    place: int,
    first_row: int,
    before: int,
    done: int,
) -> Block:
    rows = np.arange(first_row, first_row + count, dtype=np.int64)
    made = assemble(raw, count, recipe)
    bad = [
        BadLine(file, before + at + 1, reason, kind)
        for at, (reason, kind) in sorted(made.refused.items())
    ]
    return Block(
        file=file,
        place=place,
        first_row=first_row,
        first_line=before + 1,
        lines=count,
        rows=rows if made.keep is None else rows[made.keep],
        labels=made.labels,
        columns=made.columns,
        times=made.times,
        bad=bad,
        empty=0,
        done=done,
    )


def _texts(column: Any, label: bool) -> Coded:
    """Make texts of values."""
    kind = _value_type(column.type)
    if pa.types.is_dictionary(column.type):
        column = column.cast(kind)
    if pa.types.is_boolean(kind):
        column = column.cast(pa.int8())
    if pa.types.is_floating(kind):
        return _floats(column, label)
    if _is_text(kind):
        column.validate(full=True)
    encoded = column.cast(pa.string()).fill_null("").dictionary_encode()
    return Coded(encoded.dictionary, encoded.indices.to_numpy())


def _floats(column: Any, label: bool) -> Coded:
    encoded = column.cast(pa.float64()).dictionary_encode()
    values = encoded.dictionary.to_pylist()
    if label:
        texts = [str(int(value)) if value in {0, 1} else repr(value) for value in values]
    else:
        texts = ["" if math.isnan(value) else repr(value) for value in values]
    codes = encoded.indices.fill_null(len(texts)).to_numpy()
    return grouped([*texts, ""], codes)


def _value_type(kind: Any) -> Any:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_number(kind: Any) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))
