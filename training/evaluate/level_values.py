"""Which raw value a row of the embedding table stands for, as far as a sample tells."""

from pathlib import Path
from typing import Any

from model.features import Encoder, FeatureSpec, Field, Vocabulary
from model.json_objects import read_objects


def level_values(sample: Path, spec: FeatureSpec, vocabulary: Vocabulary) -> dict[int, Any]:
    """Map rows of the table to raw values that occur in ``sample.jsonl``.

    The vocabulary knows fingerprints only; a level with many rows is nearly always in the sample.
    Rows whose value did not occur are left out, as are out-of-vocabulary rows. A row that stands
    for a bucket (a discretised number, a hash) is told by one of its values, as ``bucket of 655``.

    Raises:
        InvalidInputError: if the sample is damaged.
    """
    if not sample.is_file():
        return {}
    instances = [line["instance"] for line in read_objects(sample, {"instance": dict})]
    if not instances:
        return {}
    ids = vocabulary.rows_of(Encoder(spec).fingerprint_rows(instances))
    return {
        int(row): _told(field, instance.get(field.name))
        for instance, line in zip(instances, ids, strict=True)
        for field, row in zip(spec.fields, line, strict=True)
        if row >= len(spec.fields)
    }


def _told(field: Field, value: Any) -> Any:
    if value is None:
        return "missing"
    if field.discretiser is None and field.hash_buckets is None:
        return value
    return f"bucket of {value}"
