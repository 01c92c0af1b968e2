"""Steps that make a model and hold it beside the live one: train, evaluate, export, gates."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from model.bundle import Bundle
from model.bundle.candidate import Candidate, staged
from model.bundle.gates_file import GateResult, GatesReport, write_gates
from model.console import say
from model.errors import CheckFailedError, DynIntError
from model.export import Run, export
from model.trained import TrainedModel
from training.evaluate.level_sums import LevelSums
from training.evaluate.level_values import level_values
from training.evaluate.metrics import auc, calibration_ratio, log_loss, normalised_entropy
from training.evaluate.scored import Scored
from training.evaluate.slices import field_of_rows, worst_slices
from training.gates.bundle_gates import bundle_gates
from training.gates.quality import quality_gates
from training.gates.serving import serving_gates
from training.retrain.config import RetrainConfig
from training.retrain.plan import Plan
from training.retrain.prepare_steps import DATA, LIVE_DATA
from training.train.child import train_in_child
from training.train.prepared_data import PreparedData
from training.train.whole_file import write_whole, write_whole_bytes

RUN = "run"
CONFIG = "train.toml"
SCORES = "scores.npz"


def train(config: RetrainConfig, plan: Plan, run: Path) -> dict[str, Any]:
    """Train in a process of its own; one that was cut off goes on where it was.

    Raises:
        CheckFailedError: if training failed.
        DynIntError: if it was killed, as by a system that is out of memory.
    """
    known = plan.live.known if plan.live else None
    write_whole(run / CONFIG, config.run.to_toml())
    warm = None if known is None else known.folder / RUN
    outcome = train_in_child(
        run / CONFIG, run / DATA, run / RUN, None, lambda line: say(f"  {line}"), warm
    )
    if outcome.killed:
        raise DynIntError(
            f"train: was killed from outside ({outcome.error}); the next run goes on with it"
        )
    result = outcome.run
    if result is None:
        raise CheckFailedError(f"training failed: {outcome.error}")
    keys = ("metrics", "steps", "examples_per_second", "train_seconds", "dense_parameters")
    return {key: result[key] for key in (*keys, "warm_start") if key in result}


def evaluate(plan: Plan, run: Path) -> dict[str, Any]:
    """Score the candidate and the live release on the same rows, later than those of training."""
    found = {"candidate": _scored(run / RUN / "model", run / DATA)}
    known = plan.live.known if plan.live else None
    if known is not None:
        found["live"] = _scored(known.folder / RUN / "model", run / LIVE_DATA)
        if not np.array_equal(found["live"].labels, found["candidate"].labels):
            raise CheckFailedError(
                "evaluate: candidate and live release must be scored on the same rows; a log has "
                "changed since it was read first"
            )
    arrays: dict[str, Any] = {"labels": found["candidate"].labels}
    arrays |= {name: scored.logits for name, scored in found.items()}
    truth = found["candidate"].truth
    if truth is not None:
        arrays["truth"] = truth
    write_whole_bytes(run / SCORES, lambda file: np.savez(file, **arrays))
    return {name: _metrics(scored) for name, scored in found.items()}


def _scored(model: Path, data: Path) -> Scored:
    return Scored.of(TrainedModel.load(model), PreparedData.open(data).split("test"), "test")


def _metrics(scored: Scored) -> dict[str, Any]:
    labels, logits = scored.labels, scored.logits
    if not np.isfinite(logits).all():
        return {"rows": len(labels), "finite": False}
    return {
        "rows": len(labels),
        "auc": auc(labels, logits),
        "log_loss": log_loss(labels, logits),
        "normalised_entropy": normalised_entropy(labels, logits),
        "calibration_ratio": calibration_ratio(labels, logits),
    }


def stage(config: RetrainConfig, run: Path) -> dict[str, Any]:
    """Export the candidate beside the release root.

    Raises:
        CheckFailedError: if the folded network is not the trained one, or a weight is not finite.
    """
    root, name = Path(config.release.root), config.release.name
    with staged(root, name) as folder:
        done = export(Run.load(run / RUN), folder, name, run / DATA, tell=lambda t: say(f"  {t}"))
    return {
        "candidate": folder.name,
        "digest": done.verification["manifest_digest"],
        "bytes": done.manifest.size,
        "rows_kept": done.manifest.table["kept"],
    }


def gates(config: RetrainConfig, plan: Plan, run: Path, candidate_id: str) -> dict[str, Any]:
    """Measure every gate, and write ``gates.json`` into the candidate's bundle."""
    candidate = Candidate.open(Path(config.release.root), candidate_id)
    limits = config.gates
    with candidate.hold():
        trained = TrainedModel.load(run / RUN / "model")
        results = _quality(config, plan, run, trained)
        results += bundle_gates(candidate.bundle, limits)
        if all(
            result.passed for result in results if result.name in {"finite scores", "golden batch"}
        ):
            sample = _sample(run / DATA / "sample.jsonl")
            results += serving_gates(candidate.root, candidate.bundle, trained, sample, limits)
        digest = Bundle.open(candidate.bundle).manifest_digest
        passed = all(result.passed for result in results)
        write_gates(candidate.bundle, GatesReport(digest, passed, tuple(results)))
    return {"passed": passed, "gates": [asdict(result) for result in results]}


def _quality(
    config: RetrainConfig, plan: Plan, run: Path, trained: TrainedModel
) -> list[GateResult]:
    data = PreparedData.open(run / DATA)
    candidate = Scored.of(trained, data.split("test"), "test")
    live = None
    if plan.live is not None:  # scored by the step before
        with np.load(run / SCORES, allow_pickle=False) as scores:
            live = Scored(scores["labels"], scores["live"], None, LevelSums.zero(1))
    slices: list[dict[str, Any]] = []
    if np.isfinite(candidate.logits).all():
        fields = field_of_rows(data.vocabulary)
        values = level_values(data.path / "sample.jsonl", data.spec, data.vocabulary)
        rows = config.gates.slice_rows
        every = len(fields)
        slices = worst_slices(candidate.sums, fields, data.spec.names, rows, values, every)
    return quality_gates(candidate, live, slices, config.gates)


def _sample(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line)["instance"] for line in lines]
