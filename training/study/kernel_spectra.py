"""The singular values of a trained network's matrices, and of those that it began with."""

import numpy as np

from model.trained import TrainedModel
from model.zoo import build_network
from training.compare.runs import RunResult
from training.study.spectrum import Spectrum

TRAINED, START, CHANGE = "trained", "at the start", "the change"


def kernel_spectra(run: RunResult) -> list[dict[str, Spectrum]]:
    """Take the spectra of each layer's ``W``, of its initial ``W_0`` and of ``W - W_0``.

    The seed of a run decides its initial weights: they are made again.

    Args:
        run: of a network whose layers have a matrix ``W``, with its trained model in its folder.
    """
    trained = TrainedModel.load(run.folder / "model").network
    start = build_network(trained.name_in_zoo, trained.fields, trained.config, seed=run.seed)
    found = []
    for after, before in zip(trained.interactions, start.interactions, strict=True):
        W, W_0 = np.asarray(after.kernel, np.float64), np.asarray(before.kernel, np.float64)
        found.append(
            {TRAINED: Spectrum.of(W), START: Spectrum.of(W_0), CHANGE: Spectrum.of(W - W_0)}
        )
    return found
