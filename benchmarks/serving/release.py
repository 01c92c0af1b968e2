"""``python -m benchmarks.serving.release ROOT``: the release that is measured.

A DynInt-DGP of 39 fields, dim 16, 16 sub-spaces, 3 layers, K 64, r 4 with random weights: what it
predicts does not matter here, how long it takes does. The unfolded model is saved beside it, in
``ROOT/plain``, for the service that it is compared with.
"""

import argparse
from pathlib import Path

import numpy as np

from model.quiet import import_tensorflow

import_tensorflow()

from benchmarks.serving.bodies import CANDIDATE, CONTEXT, LEVELS, level  # noqa: E402
from model.export import Run, export  # noqa: E402
from model.features import Encoder, FeatureSpec, Field, Vocabulary  # noqa: E402
from model.trained import TrainedModel  # noqa: E402
from model.zoo import build_network  # noqa: E402


def make_spec() -> FeatureSpec:
    """Make Criteo's fields: numbers of the candidates, categories of the context."""
    numbers = (Field(name, "numeric", "candidate", "log_square_plus_one") for name in CANDIDATE)
    return FeatureSpec(
        (*numbers, *(Field(name, "categorical", "context") for name in CONTEXT)), min_count=1
    )


def make_model(seed: int = 0) -> TrainedModel:
    """Make a model with random weights."""
    random = np.random.default_rng(seed)
    spec = make_spec()
    counts = []
    for encoder in Encoder(spec).fields:
        name = encoder.field.name
        values: list[object] = [None]
        values += (
            list(range(2_000))
            if encoder.field.kind == "numeric"
            else [level(name, rank) for rank in range(LEVELS)]
        )
        marks = np.unique(encoder.fingerprints(values))
        counts.append((marks, np.ones(len(marks), np.int64)))
    vocabulary = Vocabulary.from_counts(spec, counts)
    network = build_network("dynint_dgp", len(spec.fields), {})
    for variable in network.named_variables.values():
        variable.assign(random.normal(0, 0.05, variable.shape))
    # Two versions give every row different scores.
    network.output_layer.bias.assign(float(seed))
    table = random.normal(0, 0.1, (vocabulary.n_rows, network.row_width)).astype(np.float32)
    return TrainedModel(network, table, spec, vocabulary)


def main() -> None:
    """Write the bundles and the unfolded model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("--versions", type=int, default=1)
    options = parser.parse_args()
    for version in range(options.versions):
        trained = make_model(version)
        export(Run(trained, {}), options.root, "dynint")
        if version == 0:
            trained.save(options.root / "plain")


if __name__ == "__main__":
    main()
