"""``python -m tests.integration.make_releases ROOT``: real bundles of untrained networks.

``dynint`` is a DynInt-DGP of which version v has v added to its output bias, so that two versions
give every row different scores; ``sums`` is a logistic regression without bias, whose logit is the
sum of a row's floats. Beside them lies ``reference.json``: rows, and each version's probabilities
of them by the unfolded network in float64.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from numpy.random import Generator

from model.quiet import import_tensorflow

import_tensorflow()

from model.export import Run, export  # noqa: E402  (TensorFlow's greeting must be held back first)
from model.features import Encoder, FeatureSpec, Field, Vocabulary  # noqa: E402
from model.trained import TrainedModel  # noqa: E402
from model.zoo import build_network  # noqa: E402

LEVELS = 100
ROWS = 200


def make_spec(fields: int) -> FeatureSpec:
    """A third numeric; every other field belongs to the context."""
    return FeatureSpec(
        tuple(
            Field(f"I{place + 1}", "numeric", "candidate", "squared_log")
            if place < fields // 3
            else Field(f"C{place + 1}", "categorical", "context" if place % 2 else "candidate")
            for place in range(fields)
        ),
        min_count=1,
    )


def make_row(spec: FeatureSpec, random: Generator) -> dict[str, object]:
    """Known, unknown, empty, null and absent values, as requests carry them."""
    row: dict[str, object] = {}
    for field in spec.fields:
        choice = random.random()
        if choice < 0.05:
            continue
        if choice < 0.1:
            row[field.name] = None
        elif field.kind == "numeric":
            row[field.name] = int(random.integers(-3, 1000)) if choice < 0.9 else choice
        else:
            row[field.name] = f"level{random.integers(int(LEVELS * 1.2))}" if choice < 0.98 else ""
    return row


def make_model(name: str, spec: FeatureSpec, version: int, dim: int) -> TrainedModel:
    """An untrained network and a random table, a fifth of whose rows are pruned."""
    random = np.random.default_rng(version)
    counts = []
    for field in Encoder(spec).fields:
        values: list[object] = [None]
        if field.field.kind == "numeric":
            values += list(range(-3, 1000))
        else:
            values += [f"level{level}" for level in range(LEVELS)]
        marks = np.unique(field.fingerprints(values))
        counts.append((marks, np.ones(len(marks), np.int64)))
    vocabulary = Vocabulary.from_counts(spec, counts)
    if name == "sums":
        network = build_network("lr", len(spec.fields), {})
    else:
        network = build_network("dynint_dgp", len(spec.fields), {"dim": dim, "subspaces": dim})
        for variable in network.named_variables.values():
            variable.assign(random.normal(0, 0.1, variable.shape))
        network.output_layer.bias.assign(float(version) / dim)
    table = random.normal(0, 0.1, (vocabulary.n_rows, network.row_width)).astype(np.float32)
    table[random.random(len(table)) < 0.2] = 0.0
    return TrainedModel(network, table, spec, vocabulary)


def main() -> None:
    """Write the bundles and the reference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("--versions", type=int, default=2)
    parser.add_argument("--fields", type=int, default=9)
    parser.add_argument("--dim", type=int, default=4)
    parser.add_argument("--models", nargs="+", default=["dynint", "sums"])
    options = parser.parse_args()
    spec = make_spec(options.fields)
    random = np.random.default_rng(0)
    rows = [make_row(spec, random) for _ in range(ROWS)]
    probabilities: dict[str, dict[str, list[float]]] = {}
    for name in options.models:
        for version in range(1, options.versions + 1):
            run = Run(make_model(name, spec, version, options.dim), {})
            done = export(run, options.root, name)
            ids = run.model.vocabulary.rows_of(Encoder(spec).fingerprint_rows(rows))
            scores = 1 / (1 + np.exp(-run.reference_logits(ids)))
            probabilities.setdefault(name, {})[done.version] = scores.tolist()
    reference = {"rows": rows, "probabilities": probabilities}
    (options.root / "reference.json").write_text(json.dumps(reference))


if __name__ == "__main__":
    main()
