"""``python -m benchmarks.big_table.release DIR --rows 50000000``: releases with a big table.

Real bundles: a DynInt-DGP of 39 fields, dim 16, 16 sub-spaces, 3 layers, K 64 with random weights,
through folding, certificate, manifest, full verification and stamp. Only the table is not in
memory: it is written piece by piece. A version that is there already, of as many rows, is kept.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np

from model.quiet import import_tensorflow

import_tensorflow()

from benchmarks.big_table.levels import (  # noqa: E402
    MODEL,
    NAMES,
    fingerprints_of,
    level_names,
    make_spec,
    oov_rows,
    rows_of,
)
from benchmarks.big_table.sorted_levels import write_sorted_levels  # noqa: E402
from benchmarks.big_table.write_table import write_table  # noqa: E402
from model.bundle import EmbeddingTable  # noqa: E402
from model.bundle.golden import GOLDEN_ROWS  # noqa: E402
from model.console import progress, say  # noqa: E402
from model.export import Run, SampleRows, export  # noqa: E402
from model.features import Vocabulary  # noqa: E402
from model.trained import TrainedModel  # noqa: E402
from model.zoo import build_network  # noqa: E402

PROOF_LEVELS = 256
"""Of each field, the most frequent ones: the proofs of an export use these."""
_PROOF_ROWS = 10_000


def make_releases(folder: Path, rows: int, versions: int) -> None:
    """Write ``folder/big/1`` and so on, and the sorted levels beside them."""
    levels = folder / f"levels-{rows}.npy"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [version for version in range(1, versions + 1) if not _is_there(folder, version, rows)]
    if wanted and not levels.exists():
        partial = levels.with_suffix(".part.npy")
        with progress("fingerprints", rows, "levels") as advance:
            write_sorted_levels(partial, rows, advance)
        partial.rename(levels)
    for version in wanted:
        with progress(f"version {version}", rows, "rows") as advance:
            _export(folder, levels, version, advance)


def _is_there(folder: Path, version: int, rows: int) -> bool:
    path = folder / MODEL / str(version) / "embeddings/index.npy"
    return path.exists() and len(np.load(path, mmap_mode="r")) == rows


def _export(folder: Path, levels: Path, version: int, advance: Callable[[int], None]) -> None:
    def write(embeddings: Path) -> EmbeddingTable:
        return write_table(embeddings, levels, version, advance)

    trained = make_model(version)
    exported = export(
        Run(trained, {}), folder, MODEL, tell=say, sample=make_sample(trained), write_table=write
    )
    if exported.version != str(version):
        raise RuntimeError(f"version: must become {version}; became {exported.version}")


def make_model(version: int) -> TrainedModel:
    """Make a model with random weights, and of its table the rows of the most frequent levels."""
    random = np.random.default_rng(version)
    spec = make_spec()
    marks = [
        np.sort(fingerprints_of(place, np.arange(PROOF_LEVELS))) for place in range(len(NAMES))
    ]
    ones = np.ones(PROOF_LEVELS, np.int64)
    vocabulary = Vocabulary.from_counts(spec, [(of_field, ones) for of_field in marks])
    network = build_network("dynint_dgp", len(NAMES), {})
    for variable in network.named_variables.values():
        variable.assign(random.normal(0, 0.05, variable.shape))
    table = np.zeros((vocabulary.n_rows, network.row_width), np.float32)
    table[: len(NAMES)] = oov_rows(version)
    table[vocabulary.rows] = rows_of(vocabulary.fingerprints, version)
    return TrainedModel(network, table, spec, vocabulary)


def make_sample(trained: TrainedModel) -> SampleRows:
    """Draw rows of the most frequent levels; in the golden batch, one level in ten is unseen."""
    random = np.random.default_rng(0)
    columns, values = [], []
    for place in range(len(NAMES)):
        ranks = random.integers(0, PROOF_LEVELS, _PROOF_ROWS)
        columns.append(trained.vocabulary.rows_of_field(place, fingerprints_of(place, ranks)))
        names = level_names(place, ranks[:GOLDEN_ROWS])
        unseen = random.random(GOLDEN_ROWS) < 0.1
        values.append(["unseen" if new else name for name, new in zip(names, unseen, strict=True)])
    instances = tuple(dict(zip(NAMES, row, strict=True)) for row in zip(*values, strict=True))
    return SampleRows(np.stack(columns, axis=1), instances, "generated: the most frequent levels")


def main() -> None:
    """Write the releases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--versions", type=int, default=2)
    options = parser.parse_args()
    make_releases(options.folder, options.rows, options.versions)


if __name__ == "__main__":
    main()
