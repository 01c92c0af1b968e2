"""The doctor at a stack that is well, and at its own edges."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.doctor.conftest import run_doctor
from tests.integration.processes import GatewayProcess, ModelServer
from tests.integration.redis_support import RedisWith


def test_a_stack_that_is_well(releases: Path, model_server: ModelServer):
    scorer = f"grpc://{model_server.target}"
    options = ("--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lfu")
    with RedisWith(*options) as redis:
        settings = {"scorer": scorer, "redis_url": redis.url}
        with GatewayProcess(releases, **settings) as gateway:
            port = gateway.url.rpartition(":")[2]
            examined = run_doctor(
                *(releases, "--scorer", scorer, "--redis-url", redis.url, "--port", port),
                *("--gateway", gateway.url, "--deep"),
            )
    assert examined.failures() == [], examined.told
    assert examined.code == 0
    assert examined.result["ok"] is True
    for check in (
        *("python", "packages", "release root", "pointer", "version 1 (live)", "leftovers"),
        *("tf_serving.config", "redis version", "redis policy", "redis row", "redis cluster"),
        *("served versions", "golden batch", "round trip", "livez", "readyz", "healthz"),
        *("gateway's version", "metrics", "port", "temporary files"),
    ):
        assert examined.state(check) == "ok", examined.of(check)
    assert "every byte read" in examined.of("version 1 (live)")["found"]
    assert "a DynInt gateway is there already (process" in examined.of("port")["found"]
    assert "allkeys-lfu" in examined.of("redis policy")["found"]


def test_with_a_remote_scorer_it_imports_no_tensorflow(releases: Path, model_server: ModelServer):
    script = (
        "import sys, dynint\n"
        "try: dynint.main(sys.argv[1:])\n"
        "except SystemExit as end: print('code', end.code)\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    options = ["doctor", "--release-root", str(releases), "--port", "0"]
    ended = subprocess.run(
        [sys.executable, "-c", script, *options, "--scorer", f"grpc://{model_server.target}"],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    *_, code, modules = ended.stdout.splitlines()
    assert code == "code 0", ended.stdout
    assert "grpc" in modules.split()
    assert not {"tensorflow", "keras", "redis"} & set(modules.split())


def test_the_embedded_scorer_scores_the_golden_batch(releases: Path):
    examined = run_doctor(releases, "--scorer", "embedded")
    assert examined.code == 0, examined.told
    assert "2.21" in examined.of("tensorflow")["found"]
    assert "64 rows scored as trained" in examined.of("golden batch")["found"]
    assert examined.of("scoring")["figures"]["rows"] == 64


def test_each_bad_setting_is_named_and_a_misspelt_variable(releases: Path):
    env = {
        "DYNINT_REDIS_BUDGET_MS": "0",
        "DYNINT_REDISURL": "redis://:secret-1@h",
        "DYNINT_QQQQQQQQ": "1",
    }
    examined = run_doctor(releases, "--redis-url", "http://secret-2", "--port", "99999", env=env)
    assert examined.code == 1
    assert examined.failures() == [
        *("setting DYNINT_PORT", "setting DYNINT_REDIS_URL", "setting DYNINT_REDIS_BUDGET_MS")
    ]
    assert "must start with one of redis://" in examined.of("setting DYNINT_REDIS_URL")["found"]
    assert "Did you mean DYNINT_REDIS_URL?" in examined.of("variable DYNINT_REDISURL")["do"]
    assert examined.of("variable DYNINT_QQQQQQQQ")["do"] == "Rename or unset it"
    assert examined.state("release root") == "skipped"
    assert "secret" not in examined.told + str(examined.result)


@pytest.mark.parametrize("strict", [False, True])
def test_a_warning_fails_only_if_asked(releases: Path, model_server: ModelServer, strict: bool):
    examined = run_doctor(
        *(releases, "--scorer", f"grpc://{model_server.target}"),
        *(["--strict"] if strict else []),
        env={"DYNINT_REDIS_URI": "redis://h"},
    )
    assert examined.failures() == []
    assert examined.result["warning_count"] >= 1
    assert examined.code == int(strict)
    assert examined.result["ok"] is not strict


def test_for_people_each_finding_says_what_to_do(tmp_path: Path):
    command = [sys.executable, "-m", "dynint", "doctor", "--release-root", str(tmp_path / "no")]
    ended = subprocess.run(
        [*command, "--scorer", "grpc://127.0.0.1:1", "--port", "0"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 1
    lines = ended.stdout.splitlines()
    place = next(i for i, line in enumerate(lines) if line.startswith("failed   release root"))
    assert "does not exist" in lines[place]
    assert "do: Set DYNINT_RELEASE_ROOT" in lines[place + 1]
    assert "error: doctor: every check must pass" in ended.stderr


def test_an_address_that_is_none_is_bad_usage(tmp_path: Path):
    ended = subprocess.run(
        [sys.executable, "-m", "dynint", "doctor", "--gateway", "ftp://h"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert "--gateway: must be http://HOST:PORT; received 'ftp://h'" in ended.stderr
