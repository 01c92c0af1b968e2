"""Which raw value a row of the embedding table stands for, as far as a sample tells."""

from pathlib import Path
from typing import Any

from model.features import Encoder, FeatureSpec, Vocabulary
from model.json_objects import read_objects


def level_values(sample: Path, spec: FeatureSpec, vocabulary: Vocabulary) -> dict[int, Any]:
    """Map rows of the table to raw values that occur in ``sample.jsonl``.

    The vocabulary knows fingerprints only; a level with many rows is nearly always in the sample.
    ``None`` stands for a missing value. Rows whose value did not occur are left out, as are
    out-of-vocabulary rows.

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
        int(row): instance.get(name, "missing")
        for instance, line in zip(instances, ids, strict=True)
        for name, row in zip(spec.names, line, strict=True)
        if row >= len(spec.fields)
    }
