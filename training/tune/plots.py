"""The plots of a search."""

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

import optuna
from matplotlib.figure import Figure
from optuna.importance import get_param_importances
from optuna.trial import FrozenTrial

_TRIAL, _BEST = "#9aa5b1", "#1f6feb"
_LEAST_TRIALS = 4
"""With fewer, nothing can be said of what matters."""


def plot_history(trials: Sequence[FrozenTrial], metric: str, path: Path) -> None:
    """Write each trial's value and the best so far as a picture."""
    numbers = [trial.number for trial in trials]
    values = [trial.value for trial in trials if trial.value is not None]
    best = list(accumulate(values, max if metric == "auc" else min))
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    axes.plot(numbers, values, ".", color=_TRIAL, label="trial")
    axes.step(numbers, best, where="post", color=_BEST, label=f"best, {best[-1]:.4f}")
    axes.set(xlabel="trial", ylabel=f"valid {metric}")
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    figure.savefig(path, dpi=120)


def plot_importance(study: optuna.Study, path: Path) -> bool:
    """Write which settings mattered, by optuna's fANOVA; tells whether there were trials enough."""
    good = study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE,))
    values = {trial.value for trial in good}
    if len(good) < _LEAST_TRIALS or len(values) < 2:
        return False
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    found = get_param_importances(study, evaluator=evaluator)
    figure = Figure(figsize=(8, 1.2 + 0.35 * len(found)), layout="constrained")
    axes = figure.subplots()
    names = list(found)[::-1]
    axes.barh(names, [found[name] for name in names], color=_BEST)
    axes.set(xlabel="share of the variance of the metric (fANOVA)", xlim=(0, 1))
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=120)
    return True
