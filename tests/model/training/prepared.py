"""A prepared folder for tests, written by hand to the format that training reads."""

import hashlib
import itertools
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from model.features import Encoder, FeatureSpec, Field, Vocabulary

ROWS = {"train": 3000, "valid": 800, "test": 700}


def write_prepared(
    folder: Path,
    rows: dict[str, int] | None = None,
    *,
    fields: int = 4,
    levels: int = 30,
    row_group: int = 500,
    shards: int = 2,
    seed: int = 0,
    truth: bool = False,
) -> Path:
    """Write a folder whose labels depend on two fields and on their interaction."""
    random = np.random.default_rng(seed)
    spec = FeatureSpec(
        tuple(
            Field(f"C{index}", "categorical", "context" if index % 2 else "candidate", None, None)
            for index in range(fields)
        ),
        min_count=1,
    )
    tokens = [f"t{level}" for level in range(levels)]
    encoder = Encoder(spec)
    per_field = encoder.fingerprint_columns(dict.fromkeys(spec.names, tokens))
    counts = [
        (np.ascontiguousarray(per_field[:, index]), np.full(levels, 100)) for index in range(fields)
    ]
    vocabulary = Vocabulary.from_counts(spec, counts)
    effects = random.normal(size=(fields, levels + 1))
    pair = random.normal(size=(levels + 1, levels + 1))
    folder.mkdir(parents=True, exist_ok=True)
    samples = []
    digest = hashlib.sha256()
    for split, number in (rows or ROWS).items():
        levels_drawn = random.integers(0, levels + 1, size=(number, fields))  # the last is unseen
        values = [[f"t{level}" for level in row] for row in levels_drawn]
        columns = {name: [row[i] for row in values] for i, name in enumerate(spec.names)}
        ids = vocabulary.rows_of(encoder.fingerprint_columns(columns))
        logits = (
            effects[0, levels_drawn[:, 0]]
            + effects[1, levels_drawn[:, 1]]
            + pair[levels_drawn[:, 0], levels_drawn[:, 1]]
            - 0.5
        )
        probability = 1 / (1 + np.exp(-logits))
        labels = (random.random(number) < probability).astype(np.float32)
        table = {
            "row": np.arange(number, dtype=np.int64),
            "label": labels,
            **{name: ids[:, index] for index, name in enumerate(spec.names)},
        }
        if truth:
            table["bayes_probability"] = probability
        (folder / split).mkdir(exist_ok=True)
        bounds = np.linspace(0, number, shards + 1).astype(int)
        for shard, (start, end) in enumerate(itertools.pairwise(bounds)):
            part = pa.table({name: column[start:end] for name, column in table.items()})
            pq.write_table(
                part, folder / split / f"part-{shard:05d}.parquet", row_group_size=row_group
            )
        digest.update(ids.tobytes() + labels.tobytes())
        if split == "test":
            samples = [
                {
                    "row": row,
                    "label": int(labels[row]),
                    "instance": dict(zip(spec.names, values[row], strict=True)),
                }
                for row in range(min(number, 1000))
            ]
    spec.save(folder / "feature_spec.json")
    vocabulary.save(folder / "vocabulary.npz")
    (folder / "sample.jsonl").write_text("".join(json.dumps(line) + "\n" for line in samples))
    (folder / "data_card.json").write_text(json.dumps({"digest": digest.hexdigest()}))
    return folder
