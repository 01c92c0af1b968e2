"""Runs as a study would have made them, with numbers that can be checked by hand."""

from pathlib import Path
from typing import Any

from training.compare.runs import RunResult
from training.study.case import Case
from training.study.plan import StudyPlan

TWO_MODELS: dict[str, Any] = {
    "title": "Depth",
    "about": "Two models, two depths.",
    "view": "table",
    "seeds": [1, 2],
    "sweeps": [{"setting": "model.layers", "values": [0, 4]}],
    "models": {
        "Int": {"model": {"name": "xdeepint"}},
        "DGP": {"model": {"name": "dynint_dgp"}},
    },
}


def made(case: Case, seed: int, auc: float, loss: float, folder: Path = Path("runs")) -> RunResult:
    """A run that ended well; its valid AUC is 0.01 above that of the test rows."""
    run = {
        "metrics": {
            "valid": {"auc": auc + 0.01, "log_loss": loss},
            "test": {"auc": auc, "log_loss": loss},
        },
        "steps": 100,
        "best_step": 50,
        "stopped_early": False,
        "dense_parameters": 1234,
        "zero_rows": 0,
        "train_seconds": 2.0,
        "examples_per_second": 1000.0,
        "versions": {"python": "3.11", "dynint": "0.1.0"},
    }
    return RunResult(case.label, seed, folder / f"{case.label}-{seed}", run)


def failed(case: Case, seed: int) -> RunResult:
    """A run that did not."""
    return RunResult(case.label, seed, Path("runs") / f"{case.label}-{seed}", None, "it diverged")


def two_models() -> tuple[StudyPlan, list[Case]]:
    """A study of two models with two values: Int 0, Int 4, DGP 0, DGP 4."""
    plan = StudyPlan.parse(TWO_MODELS)
    return plan, plan.cases(1000)


def four_by_two(cases: list[Case]) -> list[RunResult]:
    """Runs of ``two_models``, both seeds."""
    aucs = {("Int", 0): 0.70, ("Int", 4): 0.74, ("DGP", 0): 0.70, ("DGP", 4): 0.76}
    return [
        made(case, seed, aucs[case.model, case.value] + 0.02 * (seed - 1), 0.5 - 0.01 * seed)
        for seed in (1, 2)
        for case in cases
    ]
