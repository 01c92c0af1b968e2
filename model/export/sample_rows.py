"""Rows to prove an export on: real ones where prepared data is given."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from model.bundle.golden import GOLDEN_ROWS
from model.errors import InvalidInputError
from model.features import FeatureSpec, Vocabulary
from model.json_objects import read_objects

CERTIFICATE_ROWS = 10_000
SPLITS = ("test", "valid")
SYNTHESISED = "synthesised: levels drawn at random, no prepared data was given"


@dataclass(frozen=True, eq=False)
class SampleRows:
    """What a certificate and a golden batch are made from.

    Attributes:
        ids: rows of the trained table, ``(n, fields)`` int32.
        instances: raw rows, as requests carry them.
        source: where they come from, in words.
    """

    ids: npt.NDArray[np.int32]
    instances: tuple[dict[str, Any], ...]
    source: str


def read_sample(data: Path, spec: FeatureSpec, vocabulary: Vocabulary) -> SampleRows:
    """Take rows of the validation and test splits of a prepared folder.

    Raises:
        InvalidInputError: if the folder was prepared with another spec or vocabulary, or is empty
            or damaged.
        FileNotFoundError: if a file of it is absent.
    """
    if not (data / "feature_spec.json").is_file():
        raise InvalidInputError(
            "data: must be a folder written by 'dynint prepare'; "
            + (f"{data} is none" if data.exists() else f"{data} does not exist")
        )
    theirs = FeatureSpec.load(data / "feature_spec.json").digest
    if theirs != spec.digest:
        raise InvalidInputError(
            f"data: must be prepared with the model's feature spec {spec.digest}; "
            f"{data} has {theirs}"
        )
    if Vocabulary.load(data / "vocabulary.npz").digest != vocabulary.digest:
        raise InvalidInputError(f"data: must have the model's vocabulary; {data} has another")
    parts = [_read_ids(data / split, spec, CERTIFICATE_ROWS // len(SPLITS)) for split in SPLITS]
    ids = np.concatenate(parts)
    lines = read_objects(data / "sample.jsonl", {"instance": dict})
    instances = tuple(line["instance"] for line in lines[:GOLDEN_ROWS])
    if not len(ids) or not instances:
        raise InvalidInputError(
            f"data: must have rows in valid, test and sample.jsonl; {data} has none"
        )
    return SampleRows(ids, instances, f"prepared data: first rows of {' and '.join(SPLITS)}")


def _read_ids(folder: Path, spec: FeatureSpec, count: int) -> npt.NDArray[np.int32]:
    from model.shard import open_shard

    taken = [np.zeros((0, len(spec.fields)), np.int32)]
    for path in sorted(folder.glob("part-*.parquet")):
        with open_shard(path) as file:
            types = {field.name: str(field.type) for field in file.schema_arrow}
            wrong = [name for name in spec.names if types.get(name) != "int32"]
            batches = () if wrong else file.iter_batches(count, columns=list(spec.names))
            for batch in batches:
                columns = [batch.column(name).to_numpy(zero_copy_only=False) for name in spec.names]
                taken.append(np.stack(columns, axis=1).astype(np.int32, copy=False)[:count])
                count -= len(taken[-1])
                if not count:
                    return np.concatenate(taken)
        if wrong:
            raise InvalidInputError(
                f"data: {path} must have the spec's columns as int32; lacks {wrong[:10]}"
            )
    return np.concatenate(taken)


def synthesise_sample(spec: FeatureSpec, vocabulary: Vocabulary, seed: int = 0) -> SampleRows:
    """Draw levels at random for each field, OOV included; instances from plausible values."""
    generator = np.random.default_rng(seed)
    columns = []
    for place in range(len(spec.fields)):
        rows = np.append(vocabulary.rows[vocabulary.fields == place], np.int32(place))
        columns.append(generator.choice(rows, CERTIFICATE_ROWS))
    instances = []
    for row in range(GOLDEN_ROWS):
        instance: dict[str, Any] = {}
        for field in spec.fields:
            kind = generator.integers(4)
            number = int(np.exp(generator.uniform(0, 12)))
            if kind:
                instance[field.name] = number if field.kind == "numeric" else f"v{number}"
        instances.append(instance if row else {})
    return SampleRows(np.stack(columns, axis=1), tuple(instances), SYNTHESISED)
