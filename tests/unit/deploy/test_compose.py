"""docker-compose.yml and what it runs, without an engine: its rules, and the scripts."""

import json
import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
STACK = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = STACK["services"]
OVERLAYS = sorted((ROOT / "deploy/compose").glob("*.yml"))


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_locked_down(name: str):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["user"].split(":")[0].isdigit()
    assert int(service["user"].split(":")[0]) > 0
    assert service["mem_limit"]
    assert service["pids_limit"]
    assert ":" in service["image"]
    assert not service["image"].endswith(":latest")


def test_only_the_gateway_and_grafana_publish_ports_and_the_rest_is_inside():
    published = {name for name, service in SERVICES.items() if "ports" in service}
    assert published == {"gateway", "grafana"}
    for name in published:
        assert all(
            port.startswith("${DYNINT_BIND:-127.0.0.1}:") for port in SERVICES[name]["ports"]
        )
    assert STACK["networks"]["inner"] == {"internal": True}
    for name, service in SERVICES.items():
        assert ("edge" in service["networks"]) == (name in published)


def test_the_older_compose_accepts_it():
    assert "name" not in STACK  # 1.29 knows no name at the top
    for service in SERVICES.values():
        assert service.get("ulimits", {}).get("nofile", 0) <= 20000


@pytest.mark.slow
@pytest.mark.parametrize("overlay", [None, *OVERLAYS], ids=lambda path: path and path.stem)
def test_the_compose_of_today_accepts_it(overlay: Path | None):
    compose = os.environ.get("DYNINT_TEST_COMPOSE")
    if not compose:
        pytest.skip("no Compose of today: set DYNINT_TEST_COMPOSE")
    files = ["-f", "docker-compose.yml", *(["-f", str(overlay)] if overlay else [])]
    profiles = ["--profile", "load", "--profile", "retrain"]
    done = subprocess.run(
        [*shlex.split(compose), *files, *profiles, "config", "--format", "json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr  # nor warns
    assert json.loads(done.stdout)["services"].keys() == SERVICES.keys()


@pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda path: path.stem)
def test_overlays_change_services_that_are_there(overlay: Path):
    assert yaml.safe_load(overlay.read_text())["services"].keys() <= SERVICES.keys()


def test_what_is_mounted_from_the_checkout_is_there():
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("./"):
                assert (ROOT / source).exists(), source
            else:
                assert source in STACK["volumes"]
        files = service.get("env_file", [])
        for file in [files] if isinstance(files, str) else files:
            default = file.rpartition(":-")[2].rstrip("}")
            assert (ROOT / default).is_file(), file


def test_the_grace_period_is_longer_than_the_drain():
    settings = dict(
        line.split("=", 1)
        for line in (ROOT / "deploy/gateway.env").read_text().splitlines()
        if line and not line.startswith("#")
    )
    needed = int(settings["DYNINT_DRAIN_MS"]) + int(settings["DYNINT_SHUTDOWN_TIMEOUT_MS"])
    assert 1000 * int(SERVICES["gateway"]["stop_grace_period"].rstrip("s")) > needed


@pytest.mark.parametrize("password", ["", "two words", 'quo"te', "a/b", "$(id)", "line\nline"])
def test_redis_starts_with_no_password_that_it_would_read_otherwise(password: str):
    done = subprocess.run(
        ["sh", str(ROOT / "deploy/redis/start.sh")],
        env={"PATH": os.environ["PATH"], "DYNINT_REDIS_PASSWORD": password},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "must be letters, digits" in done.stderr
    assert not password or password not in done.stderr + done.stdout
