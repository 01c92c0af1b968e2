"""The singular values of the layers' trained matrices: Figure 4."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from training.compare.runs import RunResult
from training.study import colors
from training.study.kernel_spectra import CHANGE, START, TRAINED
from training.study.series import Series
from training.study.spectrum import Spectrum, Values
from training.study.table import Table
from training.study.view import View

FILE = "singular_values.csv"
_SHARES = (0.5, 0.9, 0.99)

SpectraOf = Callable[[RunResult], Sequence[Mapping[str, Spectrum]]]


@dataclass(frozen=True)
class LayerSpectra:
    """Of one layer of one case.

    Args:
        case: the model, and the value of what varies.
        layer: from 1.
        seeds: of the runs.
        by_kind: a spectrum per seed: of the weights that were ``TRAINED``, of those that training
            began with (``START``), and of the ``CHANGE`` from these to those.
    """

    case: str
    layer: int
    seeds: tuple[int, ...]
    by_kind: Mapping[str, tuple[Spectrum, ...]]

    @property
    def rows(self) -> int:
        """Of the matrix."""
        return len(self.by_kind[TRAINED][0].values)

    def rank_for(self, kind: str, share: float) -> float:
        """Return the rank that holds a share of the energy, in the mean over seeds."""
        return float(np.mean([spectrum.rank_for(share) for spectrum in self.by_kind[kind]]))


def singular_values_view(series: Sequence[Series], spectra: SpectraOf) -> View:
    """Show singular values over the largest one, and the share of the energy by rank.

    Beside them are those of the matrices that training began with, which are random, and those of
    the change: short training leaves most of a random matrix as it was, whatever it learned.

    Args:
        series: of networks whose layers have a matrix ``W``.
        spectra: gives those of a run, layer by layer.
    """
    layers = [
        layer
        for each in series
        for place, runs in enumerate(each.runs)
        if runs
        for layer in _layers(_case(each, place), runs, spectra)
    ]
    return View(
        [_said(layer) for layer in layers],
        [_ranks(layers), _shares(layers)] if layers else [],
        _plot(layers) if layers else None,
        True,
        "Singular values of each layer's matrix over the largest one, and the share of its squared "
        f"norm that the first ones hold, by rank; {FILE} holds the numbers.",
        {FILE: _csv(layers)},
    )


def _case(series: Series, place: int) -> str:
    if series.sweep is None:
        return series.model
    return f"{series.model}, {series.sweep.name} {series.sweep.text(series.values[place])}"


def _layers(case: str, runs: Sequence[RunResult], spectra: SpectraOf) -> list[LayerSpectra]:
    seeds = tuple(run.seed for run in runs)
    by_layer = zip(*map(spectra, runs), strict=True)
    return [
        LayerSpectra(
            case,
            number,
            seeds,
            {kind: tuple(of_run[kind] for of_run in layer) for kind in (TRAINED, START, CHANGE)},
        )
        for number, layer in enumerate(by_layer, start=1)
    ]


def _said(layer: LayerSpectra) -> str:
    after, before, change = (layer.rank_for(kind, 0.9) for kind in (TRAINED, START, CHANGE))
    return (
        f"{layer.case}, layer {layer.layer}: 90% of the energy is in the first {after:,.0f} of "
        f"{layer.rows:,} singular values, before training in {before:,.0f}; of the change that "
        f"training made it is in the first {change:,.0f}."
    )


def _ranks(layers: Sequence[LayerSpectra]) -> Table:
    heads = ["model", "layer", "weights", "largest", "rows"]
    rows = [
        [
            layer.case,
            str(layer.layer),
            kind,
            f"{np.mean([spectrum.values[0] for spectrum in spectra]):.4g}",
            f"{layer.rows:,}",
            *(f"{layer.rank_for(kind, share):,.0f}" for share in _SHARES),
        ]
        for layer in layers
        for kind, spectra in layer.by_kind.items()
    ]
    note = (
        "How many singular values hold a share of the energy, the sum of their squares, in the mean "
        "over seeds: the rank that an approximation needs. A zero matrix needs 0. The weights at the "
        "start are random; the change is what training added to them."
    )
    return Table(
        "Rank that holds a share of the energy",
        [*heads, *(f"rank for {share:.0%}" for share in _SHARES)],
        rows,
        note,
    )


def _shares(layers: Sequence[LayerSpectra]) -> Table:
    most = max(layer.rows for layer in layers)
    ranks = [2**power for power in range(most.bit_length()) if 2**power < most] + [most]
    rows = []
    for layer in layers:
        for kind, spectra in layer.by_kind.items():
            energy = _mean([spectrum.energy for spectrum in spectra])
            cells = [f"{energy[rank - 1]:.1%}" if rank <= len(energy) else "" for rank in ranks]
            rows.append([layer.case, str(layer.layer), kind, *cells])
    return Table(
        "Share of the energy by rank",
        ["model", "layer", "weights", *map(str, ranks)],
        rows,
        "The share of the squared norm that the best matrix of this rank holds, in the mean over "
        "seeds.",
    )


def _mean(arrays: Sequence[Values]) -> Values:
    found: Values = np.mean(arrays, axis=0)
    return found


def _csv(layers: Sequence[LayerSpectra]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["model", "layer", "weights", "seed", "rank", "singular_value", "energy"])
    for layer in layers:
        for kind, spectra in layer.by_kind.items():
            for seed, spectrum in zip(layer.seeds, spectra, strict=True):
                table = zip(spectrum.values, spectrum.energy, strict=True)
                for rank, (value, energy) in enumerate(table, start=1):
                    numbers = [seed, rank, f"{value:.6g}", f"{energy:.6g}"]
                    writer.writerow([layer.case, layer.layer, kind, *numbers])
    return out.getvalue()


def _plot(layers: Sequence[LayerSpectra]) -> Figure:
    cases = list(dict.fromkeys(layer.case for layer in layers))
    figure = Figure(figsize=(9.5, 3.8 * len(cases)), layout="constrained")
    grid = figure.subplots(len(cases), 2, squeeze=False)
    for case, row in zip(cases, grid, strict=True):
        own = [layer for layer in layers if layer.case == case]
        for layer, color in zip(own, colors.distinct(), strict=False):
            _draw(row, layer, color)
        row[0].set(title=case, xlabel="rank", ylabel="singular value / the largest", ylim=(0, 1.04))
        row[1].set(title=case, xlabel="rank", ylabel="share of the energy", ylim=(0, 1.04))
        for axes in row:
            axes.grid(alpha=0.25)
            axes.spines[["top", "right"]].set_visible(False)
        row[0].legend(frameon=False, fontsize=8)
    return figure


def _draw(row: Any, layer: LayerSpectra, color: str) -> None:
    """Draw one layer in both panels: means over seeds, and of what was trained their range."""
    ranks = np.arange(1, layer.rows + 1)
    first = layer.layer == 1
    for axes, curve in zip(row, ("scaled", "energy"), strict=True):
        values = {
            kind: [getattr(spectrum, curve) for spectrum in spectra]
            for kind, spectra in layer.by_kind.items()
        }
        trained = values[TRAINED]
        axes.plot(ranks, _mean(trained), color=color, linewidth=1.8, label=f"layer {layer.layer}")
        axes.fill_between(
            ranks, np.min(trained, 0), np.max(trained, 0), color=color, alpha=0.2, linewidth=0
        )
        for kind, style, shade in ((START, "--", colors.START), (CHANGE, ":", color)):
            label = kind if first else None
            axes.plot(ranks, _mean(values[kind]), style, color=shade, linewidth=1.2, label=label)
