"""A tiny trained model, and prepared data that fits it."""

import json
from dataclasses import fields
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from model.export import Run
from model.features import Encoder, FeatureSpec, Field, Vocabulary
from model.trained import TrainedModel
from model.zoo import ZOO, build_network

SPEC = FeatureSpec(
    (
        Field("I1", "numeric", "candidate", "log_square"),
        Field("C1", "categorical", "context"),
        Field("C2", "categorical", "candidate", hash_buckets=7),
        Field("C3", "categorical", "context"),
    ),
    min_count=2,
)


def raw_rows(count: int, seed: int = 0) -> list[dict[str, object]]:
    """Draw raw rows; a tenth of the values is missing."""
    generator = np.random.default_rng(seed)
    rows = []
    for _ in range(count):
        row: dict[str, object] = {"I1": int(np.exp(generator.uniform(0, 6)))}
        row |= {f"C{place}": f"v{generator.zipf(1.6) % 30}" for place in (1, 2, 3)}
        rows.append({key: value for key, value in row.items() if generator.random() > 0.1})
    return rows


def make_run(name: str = "dynint_dgp", subspaces: int = 4, scale: float = 0.3) -> Run:
    """Build a run whose table has rows that are zero, as G-FTRL leaves them."""
    marks = Encoder(SPEC).fingerprint_rows(raw_rows(400))
    counts = [np.unique(column, return_counts=True) for column in marks.T]
    vocabulary = Vocabulary.from_counts(SPEC, counts)
    sizes = {
        "dim": 4,
        "subspaces": subspaces,
        "layers": 2,
        "hidden_units": [6, 5],
        "residual_units": [6, 5],
        "rank": 3,
        "experts": 2,
    }
    known = {field.name for field in fields(ZOO[name].config)}
    config = {key: size for key, size in sizes.items() if key in known}
    network = build_network(name, len(SPEC.fields), config)
    generator = np.random.default_rng(1)
    for variable in network.variables:
        variable.assign(generator.normal(size=variable.shape, scale=scale))
    shape = (vocabulary.n_rows, network.row_width)
    table = generator.normal(size=shape, scale=0.5).astype(np.float32)
    table[vocabulary.n_fields :: 3] = 0
    about = {"metrics": {"test": {"auc": 0.7}}, "seed": 5, "data": {"digest": "ab12"}}
    return Run(TrainedModel(network, table, SPEC, vocabulary), about)


def save_run(run: Run, folder: Path) -> Path:
    """Write a run's folder."""
    run.model.save(folder / "model")
    (folder / "run.json").write_text(json.dumps(run.about))
    return folder


def write_prepared(run: Run, folder: Path) -> Path:
    """Write a prepared folder of raw rows that the vocabulary was not made from."""
    vocabulary, encoder = run.model.vocabulary, Encoder(SPEC)
    folder.mkdir()
    SPEC.save(folder / "feature_spec.json")
    vocabulary.save(folder / "vocabulary.npz")
    for seed, split in enumerate(("train", "valid", "test")):
        (folder / split).mkdir()
        for part in range(2):
            ids = vocabulary.rows_of(encoder.fingerprint_rows(raw_rows(40, 10 * seed + part)))
            columns = {
                "row": np.arange(len(ids)),
                "label": np.zeros(len(ids), np.float32),
                **{field: ids[:, place] for place, field in enumerate(SPEC.names)},
            }
            pq.write_table(pa.table(columns), folder / split / f"part-{part:05}.parquet")
    (folder / "data_card.json").write_text(json.dumps({"digest": "ab12"}))
    lines = [
        json.dumps({"row": row, "label": 0, "instance": instance})
        for row, instance in enumerate(raw_rows(100, 20))
    ]
    (folder / "sample.jsonl").write_text("\n".join(lines) + "\n")
    return folder
