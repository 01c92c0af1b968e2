"""How many examples per second FuxiCTR trains on; run by a Python that has it.

A network here is a few lines over the library's own layers, trained by its own ``train_step`` on batches
from its own loader: random ids of 39 fields, 50,000 levels in all, as uneven as Criteo's.
"""

import argparse
import json
import logging
import os
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

DIM, BATCH, ROWS = 16, 4096, 204_800
LEVELS = [
    20,
    60,
    50,
    25,
    150,
    70,
    40,
    30,
    60,
    8,
    20,
    12,
    40,
    300,
    450,
    13_000,
    8_000,
    120,
    12,
    4_000,
]
LEVELS += [150, 4, 3_000, 2_200, 10_500, 1_700, 26, 2_000, 9, 1_500, 600, 200, 4, 10, 10, 12, 1_200]
LEVELS += [35, 258]


def write_log(folder: Path) -> Any:
    """Write random rows as the loader takes them; returns the library's feature map."""
    import numpy as np
    from fuxictr.features import FeatureMap

    random = np.random.default_rng(0)
    columns = {f"f{i:02}": random.integers(1, n + 1, ROWS) for i, n in enumerate(LEVELS)}
    found = FeatureMap("speed", str(folder))
    for name, levels in zip(columns, LEVELS, strict=True):
        found.features[name] = {
            "source": "",
            "type": "categorical",
            "padding_idx": 0,
            "vocab_size": levels + 2,
        }
    found.labels, found.default_emb_dim = ["label"], DIM
    found.total_features = sum(LEVELS) + 2 * len(LEVELS)
    found.num_fields = found.get_num_fields()
    found.set_column_index()
    columns["label"] = (random.random(ROWS) < 0.25).astype(np.int64)
    np.savez(folder / "train.npz", **columns)  # type: ignore[arg-type]
    return found


def build(name: str, features: Any, folder: Path) -> Any:
    """Build ``cross-1``, ``cross-4`` (rank 64, by experts) or ``xdeepfm`` (64-64, 400-400)."""
    from fuxictr.pytorch import layers
    from fuxictr.pytorch.models import BaseModel
    from torch import nn

    class Rival(BaseModel):
        def __init__(self) -> None:
            super().__init__(features, gpu=-1, verbose=0, model_root=str(folder), metrics=["AUC"])
            width = features.num_fields * DIM
            self.embed = layers.FeatureEmbedding(features, DIM)
            if name == "xdeepfm":
                self.linear = layers.LogisticRegression(features, use_bias=False)
                self.cin = layers.CompressedInteractionNet(
                    features.num_fields, [64, 64], output_dim=1
                )
                self.deep = layers.MLP_Block(
                    width, hidden_units=[400, 400], hidden_activations="relu", output_dim=1
                )
            else:
                experts = int(name.rpartition("-")[2])
                self.cross = layers.CrossNetMix(width, 3, low_rank=64, num_experts=experts)
                self.head = nn.Linear(width, 1)
            self.compile("adam", "binary_crossentropy", 1e-3)
            self.reset_parameters()
            self.model_to_device()
            self._max_gradient_norm = 10.0  # what fit() sets

        def forward(self, batch: Any) -> dict[str, Any]:
            ids = self.get_inputs(batch)
            vectors = self.embed(ids)
            if name == "xdeepfm":
                logit = self.linear(ids) + self.cin(vectors) + self.deep(vectors.flatten(1))
            else:
                logit = self.head(self.cross(vectors.flatten(1)))
            return {"y_pred": self.output_activation(logit)}

    model = Rival()
    model.train()
    return model


def measure(name: str, seconds: float) -> dict[str, Any]:
    """Train for some seconds, the first step not counted."""
    import torch
    from fuxictr.pytorch.dataloaders import RankDataLoader

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    torch.manual_seed(1)
    with tempfile.TemporaryDirectory() as path:
        folder = Path(path)
        features = write_log(folder)
        model = build(name, features, folder)
        loader, _ = RankDataLoader(
            features,
            stage="train",
            train_data=str(folder / "train.npz"),
            batch_size=BATCH,
            shuffle=True,
            data_format="npz",
        )
        trained, start = -1, 0.0
        while trained < 0 or time.perf_counter() - start < seconds:
            for batch in loader:
                model.train_step(batch).item()
                if trained < 0:
                    trained, start = 0, time.perf_counter()
                    continue
                trained += len(batch["label"])
                if time.perf_counter() - start > seconds:
                    break
        taken = time.perf_counter() - start
    weights = sum(p.numel() for p in model.parameters())
    return {"examples_per_second": round(trained / taken), "parameters": weights}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", choices=["cross-1", "cross-4", "xdeepfm"])
    parser.add_argument("--seconds", type=float, default=15.0)
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    logging.disable(logging.CRITICAL)
    print(json.dumps(measure(arguments.model, arguments.seconds)))
