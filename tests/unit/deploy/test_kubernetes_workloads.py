"""What each workload runs is a command that is there, with a configuration that it reads."""

import shlex
import tomllib

import pytest

from tests.unit.deploy.manifests import build, every, first_container, names, one, pods, settings_of
from training.retrain.config import RetrainConfig

pytestmark = pytest.mark.slow


@every
def test_the_retraining_reads_its_configuration_and_what_it_names(folder: str):
    manifests = build(folder)
    (name,) = (name for name in names(manifests, "ConfigMap") if name.startswith("dynint-retrain-"))
    text = one(manifests, "ConfigMap", name)["data"]["retrain.toml"]
    config = RetrainConfig.parse(tomllib.loads(text))
    found = settings_of(manifests)
    assert config.release.scorer == found.get("DYNINT_SCORER", "")
    assert config.release.redis_url == found.get("DYNINT_REDIS_URL", "")
    assert config.release.gateways == ("http://dynint-gateway-admin:8081",)
    job = first_container(manifests, "CronJob", "dynint-retrain")
    assert job["command"][-1] == "/etc/dynint/retrain.toml"
    writable = {mount["mountPath"] for mount in job["volumeMounts"] if not mount.get("readOnly")}
    assert config.alerts.textfile.rpartition("/")[0] in writable
    assert f"{job['workingDir']}/{config.work}" in writable
    assert f"{job['workingDir']}/{config.release.root}" in writable


@every
def test_only_retraining_and_rollback_write_releases_and_one_runs_at_a_time(folder: str):
    manifests = build(folder)
    for each in pods(manifests):
        for run in each.containers:
            for mount in run["volumeMounts"]:
                if mount["name"] == "releases":
                    writes = each.of in {"CronJob/dynint-retrain", "CronJob/dynint-rollback"}
                    assert mount.get("readOnly", False) != writes, each.of
    job = one(manifests, "CronJob", "dynint-retrain")["spec"]
    assert job["concurrencyPolicy"] == "Forbid"
    assert job["jobTemplate"]["spec"]["podFailurePolicy"]["rules"][0]["onExitCodes"]["values"] == [
        1,
        2,
    ]


@every
def test_a_rollback_waits_until_somebody_asks_for_it(folder: str):
    from typer.testing import CliRunner

    from model.cli import app

    manifests = build(folder)
    assert one(manifests, "CronJob", "dynint-rollback")["spec"]["suspend"] is True
    command = first_container(manifests, "CronJob", "dynint-rollback")["command"]
    told = CliRunner().invoke(app, ["rollback", "--help"], env={"COLUMNS": "200"}).output
    assert command[:2] == ["dynint", "rollback"]
    for option in (word for word in command if word.startswith("--")):
        assert option in told


@pytest.mark.parametrize("folder", ["base", "overlays/gpu"])
def test_tf_serving_serves_what_the_pointer_names(folder: str):
    run = first_container(build(folder), "StatefulSet", "dynint-model-server")
    flags = dict(flag.removeprefix("--").split("=", 1) for flag in run["args"])
    assert flags["model_config_file"] == "/models/dynint/tf_serving.config"
    assert flags["model_config_file_poll_wait_seconds"] == "1"
    assert flags["allow_version_labels_for_unavailable_models"] == "true"
    assert "enable_batching" not in flags
    folder_of_config = flags["monitoring_config_file"].rpartition("/")[0]
    assert folder_of_config in {mount["mountPath"] for mount in run["volumeMounts"]}
    if folder == "overlays/gpu":
        assert run["image"].endswith("-gpu")
        assert run["resources"]["limits"]["nvidia.com/gpu"] == 1


def test_on_arm_the_command_is_one_that_this_project_has():
    from typer.testing import CliRunner

    from service.cli import app

    run = first_container(build("overlays/arm"), "StatefulSet", "dynint-model-server")
    told = CliRunner().invoke(app, ["model-server", "--help"], env={"COLUMNS": "200"}).output
    assert run["command"] == ["dynint", "model-server"]
    for option in (word for word in run["args"] if word.startswith("--")):
        assert option in told, shlex.join(run["args"])
