"""A model that was sabotaged after its training: whatever is done to it, it does not come live."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model.bundle import rollback
from model.bundle.candidate import Candidate
from model.errors import CheckFailedError
from model.trained import TrainedModel
from tests.integration.retraining import Job
from training.retrain import model_steps, release_steps
from training.retrain.config import RetrainConfig
from training.retrain.plan import Plan, plan

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

RUN = "2026-11-21-1"


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> tuple[RetrainConfig, Plan, Path]:
    """A second night's run, before its model was published: version 1 is live."""
    job = Job(tmp_path_factory.mktemp("sabotage"))
    for day in (20, 21):
        job.write_day(day)
        assert job.run()["outcome"] == "promoted"
    rollback(job.model_dir)
    config = RetrainConfig.load(job.config)
    found = plan(config, cold=False)
    assert found is not None
    assert [log.path for log in found.window.new] == [job.log(21)]
    return config, found, job.home / "work" / RUN


def nan_in_a_dense_weight(model: TrainedModel) -> None:
    variable = next(iter(model.network.named_variables.values()))
    value = variable.numpy().copy()
    value.flat[0] = np.nan
    variable.assign(value)


def nan_in_the_table(model: TrainedModel) -> None:
    model.table[len(model.spec.fields) + 3, 0] = np.nan


def an_offset(model: TrainedModel) -> None:
    (bias,) = (v for key, v in model.network.named_variables.items() if v.shape.num_elements() == 1)
    bias.assign(bias.numpy() + 0.7)


def weights_of_noise(model: TrainedModel) -> None:
    np.random.default_rng(1).shuffle(model.table[len(model.spec.fields) :])


@pytest.mark.parametrize(
    ("sabotage", "stopped_by"),
    [
        (nan_in_a_dense_weight, "export"),
        (nan_in_the_table, "export"),
        (an_offset, "calibration"),
        (weights_of_noise, "auc"),
    ],
)
def test_24_a_sabotaged_model_is_not_published(
    night: tuple[RetrainConfig, Plan, Path],
    tmp_path: Path,
    sabotage: Callable[[TrainedModel], None],
    stopped_by: str,
):
    config, found, run = night
    folder = run / model_steps.RUN / "model"
    whole = TrainedModel.load(folder)
    try:
        broken = TrainedModel.load(folder)
        broken = replace(broken, table=broken.table.copy())
        sabotage(broken)
        broken.save(folder)
        if stopped_by == "export":
            with pytest.raises(CheckFailedError, match="finite"):
                model_steps.stage(config, run)
            return
        model_steps.evaluate(found, run)
        candidate = model_steps.stage(config, run)["candidate"]
        done = model_steps.gates(config, found, run, candidate)
        failed = {gate["name"] for gate in done["gates"] if not gate["passed"]}
        assert stopped_by in failed
        assert not done["passed"]
        with pytest.raises(CheckFailedError, match="must pass its gates"):
            release_steps.publish(config, candidate)
        assert Candidate.open(Path(config.release.root), candidate).bundle.is_dir()
    finally:
        whole.save(folder)


def test_the_same_model_unharmed_passes(night: tuple[RetrainConfig, Plan, Path]):
    config, found, run = night
    model_steps.evaluate(found, run)
    candidate = model_steps.stage(config, run)["candidate"]
    done = model_steps.gates(config, found, run, candidate)
    assert done["passed"], [gate for gate in done["gates"] if not gate["passed"]]
