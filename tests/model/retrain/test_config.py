"""The configuration of a retraining, as it ships and as it is refused."""

import os
from pathlib import Path

import pytest
import yaml

from model.errors import InvalidInputError
from training.retrain.config import RetrainConfig
from training.retrain.plan import plan

DEPLOY = Path(__file__).parents[3] / "deploy"


def test_the_shipped_one_says_the_defaults_but_for_the_canary():
    shipped = RetrainConfig.load(DEPLOY / "retrain.toml")
    default = RetrainConfig.parse({})
    for table in ("run", "work", "logs", "release", "checks", "gates", "alerts"):
        assert getattr(shipped, table) == getattr(default, table)
    assert shipped.canary.share == 0.05


def test_tables_of_a_run_are_put_over_its_file():
    found = RetrainConfig.parse(
        {"config": "xdeepint", "training": {"epochs": 7}, "model": {"dim": 8, "subspaces": 8}}
    )
    assert found.run.model["name"] == "xdeepint"
    assert (found.run.training.epochs, found.run.model["dim"]) == (7, 8)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"colour": 1}, "config: keys must be of"),
        ({"logs": 1}, r"\[logs\] must be a table"),
        ({"config": 1}, "config must be a string"),
        ({"config": "no_such"}, "must be a TOML file or one of"),
        ({"gates": {"auc_margin": -1}}, r"\[gates\] auc_margin: must be above 0"),
        ({"gates": {"parity_rows": 1.5}}, r"\[gates\] parity_rows must be an integer"),
        ({"gates": {"confidence": 1}}, "confidence: must be below 1"),
        ({"release": {"root": ""}}, r"\[release\] root: must name a folder"),
        ({"release": {"name": "../up"}}, r"\[release\] name: must be letters"),
        ({"release": {"gateways": "one"}}, "gateways must be a list of strings"),
        ({"release": {"gateways": ["localhost:8080"]}}, "gateways: must be addresses"),
        ({"release": {"scorer": "http://x"}}, "scorer: must be grpc://"),
        ({"release": {"redis_url": "foo"}}, r"\[release\] redis_url: must be an address"),
        ({"release": {"redis_url": "redis://h:port"}}, r"\[release\] redis_url: must be scheme"),
        ({"release": {"redis_url_file": "/dev/null"}}, r"\[release\] redis_url_file: must"),
        ({"release": {"wait_seconds": float("inf")}}, "must be a finite number"),
        ({"gates": {"bootstrap_samples": 1}}, "bootstrap_samples: must be at least 20"),
        ({"canary": {"share": 0.1, "min_requests": 5}}, r"\[canary\] min_requests: needs"),
        ({"alerts": {"webhook": "http://host:abc/x"}}, "webhook: must be an address"),
        ({"work": ""}, "work must be a folder"),
        ({"canary": {"share": 1}}, "share: must be from 0 to below 1"),
        ({"checks": {"max_rows_ratio": 0.5}}, "max_rows_ratio: must be at least 1"),
        ({"alerts": {"textfile": "a.txt"}}, r"textfile: must end with \.prom"),
        ({"alerts": {"webhook": "ftp://x"}}, "webhook: must be an address"),
        ({"training": {"epochs": 0}}, r"\[training\] epochs: must be at least 1"),
    ],
)
def test_what_breaks_a_rule_is_named(document, message: str):
    with pytest.raises(InvalidInputError, match=message):
        RetrainConfig.parse(document)


def test_an_address_of_redis_may_be_in_a_file_which_is_read_at_once(tmp_path: Path):
    file = tmp_path / "redis"
    document = {"release": {"redis_url_file": str(file)}}
    with pytest.raises(InvalidInputError, match="redis_url_file: must be a file that can be read"):
        RetrainConfig.parse(document)
    file.write_text("secret-foo")
    with pytest.raises(InvalidInputError, match="must be an address") as refused:
        RetrainConfig.parse(document)
    assert "secret-foo" not in str(refused.value)
    file.write_text("rediss://:open-sesame@h:6379/0\n")
    RetrainConfig.parse(document)


def test_a_pipe_in_a_logs_place_holds_nobody_up(tmp_path: Path):
    os.mkfifo(tmp_path / "2026-11-20.tsv.gz")
    config = RetrainConfig.parse({"logs": {"folder": str(tmp_path)}})
    with pytest.raises(InvalidInputError, match=r"2026-11-20\.tsv\.gz must be a regular file"):
        plan(config, cold=True)


def test_a_file_that_is_no_toml_is_named(tmp_path: Path):
    (tmp_path / "x.toml").write_text("a = ")
    with pytest.raises(InvalidInputError, match=r"x\.toml must be a TOML file"):
        RetrainConfig.load(tmp_path / "x.toml")
    with pytest.raises(InvalidInputError, match="is a folder"):
        RetrainConfig.load(tmp_path)


def test_the_cron_job_forbids_a_second_one_and_does_not_try_a_refusal_again():
    job = yaml.safe_load((DEPLOY / "kubernetes" / "base" / "retrain" / "cronjob.yaml").read_text())
    assert job["spec"]["concurrencyPolicy"] == "Forbid"
    rule = job["spec"]["jobTemplate"]["spec"]["podFailurePolicy"]["rules"][0]
    assert rule["onExitCodes"]["values"] == [1, 2]
