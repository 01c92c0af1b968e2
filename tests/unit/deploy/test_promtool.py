"""Prometheus' own tool on configuration, rules, their tests, and the dashboards' expressions."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.unit.deploy.promql import DASHBOARDS, PROMETHEUS, asked, expressions

pytestmark = pytest.mark.slow


def promtool(*arguments: object) -> subprocess.CompletedProcess[str]:
    found = os.environ.get("DYNINT_TEST_PROMTOOL") or shutil.which("promtool")
    if not found:
        pytest.skip("no promtool: set DYNINT_TEST_PROMTOOL or install one")
    command = [found, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_configuration_is_valid():
    done = promtool("check", "config", PROMETHEUS / "prometheus.yml")
    assert done.returncode == 0, done.stderr
    assert "2 rule files found" in done.stdout


def test_model_servers_are_the_targets_of_a_folder_that_may_be_empty(tmp_path: Path):
    """With its folder Prometheus asks TF Serving; with an empty one nobody, so that nobody is down."""
    shutil.copytree(PROMETHEUS, tmp_path / "whole")
    shutil.copytree(PROMETHEUS, tmp_path / "empty", ignore=shutil.ignore_patterns("tensorflow-*"))
    found = {}
    for folder in ("whole", "empty"):
        config = tmp_path / folder / "prometheus.yml"
        assert promtool("check", "config", config).returncode == 0
        done = promtool("check", "service-discovery", config, "tensorflow-serving", "--timeout=3s")
        found[folder] = "tensorflow-serving:8501" in done.stdout
    assert found == {"whole": True, "empty": False}


def test_the_relabelling_of_pods_is_valid(tmp_path: Path):
    """Debian's build knows no Kubernetes: the rest of the job is checked with targets by name."""
    config = yaml.safe_load((PROMETHEUS / "kubernetes.yml").read_text())
    (job,) = config["scrape_configs"]
    assert job.pop("kubernetes_sd_configs")[0]["role"] == "pod"
    job["static_configs"] = [{"targets": ["localhost:1"]}]
    config["rule_files"] = [str(PROMETHEUS / name) for name in config["rule_files"]]
    (tmp_path / "config.yml").write_text(yaml.safe_dump(config))
    done = promtool("check", "config", tmp_path / "config.yml")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("file", sorted((PROMETHEUS / "tests").glob("*.yml")), ids=lambda p: p.stem)
def test_alerts_fire_when_they_should_and_only_then(file: Path):
    done = promtool("test", "rules", file)
    assert done.returncode == 0, done.stdout


def test_a_rule_that_is_wrong_fails_its_test(tmp_path: Path):
    for name in ("recording.yml", "alerts.yml"):
        text = (PROMETHEUS / name).read_text()
        (tmp_path / name).write_text(text.replace('{outcome="refused"} == 1', '{outcome="x"} == 1'))
    (tmp_path / "tests").mkdir()
    shutil.copy(PROMETHEUS / "tests" / "retraining.yml", tmp_path / "tests")
    assert promtool("test", "rules", tmp_path / "tests" / "retraining.yml").returncode == 1


@pytest.mark.parametrize("file", sorted(DASHBOARDS.glob("*.json")), ids=lambda path: path.stem)
def test_what_a_dashboard_asks_can_be_read(file: Path, tmp_path: Path):
    asks = expressions(file)
    assert asks
    assert all(asked(text).selectors for text in asks)
    rules = [{"record": f"x:{place}", "expr": text} for place, text in enumerate(asks)]
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "x", "rules": rules}]}))
    done = promtool("check", "rules", tmp_path / "rules.yml")
    assert done.returncode == 0, done.stderr
