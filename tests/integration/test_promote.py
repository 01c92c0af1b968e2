"""``dynint promote`` waits for real model servers, a real Redis and real gateways."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from model.bundle import Pointer, promote, read_pointer, rollback
from model.bundle.serving_config import read_serving_config
from tests.integration.keys import admin_url
from tests.integration.processes import (
    GatewayProcess,
    ModelServer,
    RedisServer,
    free_port,
    read_reference,
    wait_until,
)

pytestmark = pytest.mark.slow


def run(root: Path, *options: str, name: str = "dynint") -> tuple[int, dict[str, Any], str]:
    command = [sys.executable, "-m", "dynint", "promote", "--root", str(root), "--name", name]
    done = subprocess.run(
        [*command, "--json", *options], capture_output=True, text=True, timeout=120, check=False
    )
    last = done.stdout.splitlines()[-1] if done.stdout else "{}"
    return done.returncode, json.loads(last), done.stderr


def test_the_pointer_moves_once_servers_redis_and_then_gateways_have_it(
    releases: Path, server: RedisServer, client: redis.Redis
):
    with ModelServer(releases) as first, ModelServer(releases) as second:
        scorer = f"grpc://{first.target},{second.target}"
        with GatewayProcess(releases, scorer=scorer) as gateway:
            code, report, said = run(
                releases,
                "2",
                *("--scorer", scorer, "--redis-url", server.url, "--gateway", gateway.url),
            )
            assert code == 0, said
            assert (report["current"], report["previous"]) == ("2", "1")
            assert 0 < report["scorer_seconds"] < 120
            assert report["redis_rows"] == client.dbsize() > 300
            assert list(report["gateways"]) == [gateway.url]
            answer = httpx.post(f"{gateway.url}/predict", json={"instances": [{}]}, timeout=30)
            assert answer.json()["version"] == "2"
    assert said.count("version 2 is AVAILABLE") == 2
    assert read_pointer(releases / "dynint") == Pointer("2", "1")
    served = read_serving_config(releases / "dynint")
    assert (served.versions, served.labels) == ((1, 2), {"stable": 2})


def test_a_gateway_with_keys_is_asked_at_its_admin_port_and_redis_by_a_file(
    releases: Path,
    tmp_path: Path,
    server: RedisServer,
    client: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
):
    (tmp_path / "keys").write_text(f"shop:{'0' * 64}\n")
    (tmp_path / "redis-url").write_text(f"{server.url}\n")
    with GatewayProcess(releases, api_keys_file=tmp_path / "keys", admin_port=0) as gateway:
        monkeypatch.setenv("DYNINT_REDIS_URL_FILE", str(tmp_path / "absent"))  # the option wins
        address = admin_url(gateway)
        options = ("--redis-url-file", str(tmp_path / "redis-url"), "--gateway", address)
        code, report, said = run(releases, "2", *options)
        assert code == 0, said
        assert report["redis_rows"] == client.dbsize() > 300
        assert list(report["gateways"]) == [address]
    code, _, said = run(releases, "1", "--redis-url-file", str(tmp_path / "absent"))
    assert code == 2
    assert "--redis-url-file: must be a file that can be read" in said


def test_a_replica_that_does_not_have_it_in_time_leaves_the_pointer(releases: Path):
    before = (releases / "dynint" / "current.json").read_bytes()
    dead = f"127.0.0.1:{free_port()}"
    with ModelServer(releases) as alive:
        code, _, said = run(releases, "2", "--scorer", f"grpc://{alive.target},{dead}", "--wait=3")
    assert code == 1
    assert f"{dead}: UNAVAILABLE" in said
    assert (releases / "dynint" / "current.json").read_bytes() == before
    assert read_serving_config(releases / "dynint").versions == (1,)


@pytest.mark.parametrize("sent", [[signal.SIGTERM], [signal.SIGINT, signal.SIGINT]])
def test_one_that_is_interrupted_awaits_nothing_any_more(
    releases: Path, sent: list[signal.Signals]
):
    """``timeout`` and shells send a signal to the process and to its group: it comes twice."""
    folder = releases / "dynint"
    command = [sys.executable, "-m", "dynint", "promote", "2", "--root", str(releases)]
    command += ["--scorer", f"grpc://127.0.0.1:{free_port()}"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        wait_until(lambda: read_pointer(folder) == Pointer("1", awaited="2"), 60)
        for number in sent:
            process.send_signal(number)
            time.sleep(0.005)
        process.communicate(timeout=60)
    # One that comes when all is done, as Python ends, ends it by itself.
    assert process.returncode in {130, -sent[-1]}
    assert read_pointer(folder) == Pointer("1")
    assert read_serving_config(folder).versions == (1,)


def test_one_that_is_refused_once_servers_have_it_awaits_nothing_any_more(releases: Path):
    with ModelServer(releases) as server:
        scorer = f"grpc://{server.target}"
        code, _, said = run(releases, "2", "--scorer", scorer, "--over", "7")
    assert code == 1
    assert "version 7 must be live; 1 is" in said
    assert read_pointer(releases / "dynint") == Pointer("1")
    assert read_serving_config(releases / "dynint").versions == (1,)


def test_a_server_that_serves_other_models_is_named(releases: Path):
    with ModelServer(releases, "sums") as other:
        code, _, said = run(releases, "2", "--scorer", f"grpc://{other.target}", "--wait=0")
    assert code == 1
    assert "NOT_FOUND: Could not find" in said
    assert read_pointer(releases / "dynint") == Pointer("1")


def test_a_redis_that_takes_nothing_leaves_the_pointer(releases: Path):
    code, _, said = run(releases, "2", "--redis-url", f"redis://127.0.0.1:{free_port()}")
    assert code == 1
    assert "--redis-url: must take the rows of version 2" in said
    assert read_pointer(releases / "dynint") == Pointer("1")


def test_of_a_large_table_the_golden_rows_are_written(
    releases: Path, server: RedisServer, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
):
    from model.bundle import Bundle
    from model.rollout import redis_rows

    bundle = Bundle.open(releases / "dynint" / "2")
    levels = len(bundle.table.fingerprints)
    monkeypatch.setattr(redis_rows, "ROWS", levels - 1)
    written = redis_rows.warm_redis(bundle, server.url)
    assert 0 < written == client.dbsize() < levels - 1


def test_a_gateway_that_never_answers_is_named_and_the_pointer_is_moved(releases: Path):
    url = f"http://127.0.0.1:{free_port()}"
    code, _, said = run(releases, "2", "--gateway", url, "--wait=0.2")
    assert code == 1
    assert f"received {url}: Connection refused. current.json names it" in said
    assert read_pointer(releases / "dynint") == Pointer("2", "1")


@pytest.mark.parametrize(
    "options",
    [
        ["--scorer", "localhost:8500"],
        ["--scorer", "grpc://localhost"],
        ["--scorer", "grpc://a:1,"],
        ["--gateway", "localhost:8080"],
        ["--gateway", "http://localhost:8080/predict"],
        ["--data", "."],
        ["--wait", "-1", "--gateway", "http://localhost"],
    ],
)
def test_options_that_break_a_rule_change_nothing(module_releases: Path, options: list[str]):
    code, _, said = run(module_releases, "2", *options)
    assert code == 2, said
    assert read_pointer(module_releases / "dynint") == Pointer("1")


def took(gateway: GatewayProcess, root: Path, rows: list[dict], wanted: str) -> float:
    """Measure from the command's decision to the first answer of the version, in seconds."""
    with httpx.Client(base_url=gateway.url, timeout=30) as http:
        begun = time.monotonic()
        assert rollback(root / "dynint").current == wanted
        while True:
            answer = http.post("/predict", json={"instances": rows})
            assert answer.status_code == 200, answer.text
            if answer.json()["version"] == wanted:
                return time.monotonic() - begun
            assert time.monotonic() - begun < 30
            time.sleep(0.01)


def go_back_and_forth(root: Path, **settings: object) -> None:
    rows, probabilities = read_reference(root)
    with GatewayProcess(root, **settings) as gateway:
        with httpx.Client(base_url=gateway.url, timeout=30) as http:
            http.post("/predict", json={"instances": rows})
            promote(root / "dynint", 2)
            code, report, said = run(root, "2", "--gateway", gateway.url)
            assert code == 0, said
            assert report["gateways"][gateway.url] < 120
            http.post("/predict", json={"instances": rows})
            loads = sum("release_loading" in line for line in gateway.lines)
            for wanted in ("1", "2", "1"):
                assert took(gateway, root, rows, wanted) < 2
                answer = http.post("/predict", json={"instances": rows}).json()
                expected = probabilities["dynint"][wanted]
                assert answer["probabilities"] == pytest.approx(expected, abs=1e-5)
        # Going back loads nothing.
        assert sum("release_loading" in line for line in gateway.lines) == loads


def test_going_back_takes_less_than_two_seconds_with_the_scorer_in_the_gateway(releases: Path):
    go_back_and_forth(releases)


def test_going_back_takes_less_than_two_seconds_with_a_model_server(releases: Path):
    with ModelServer(releases) as server:
        go_back_and_forth(releases, scorer=f"grpc://{server.target}")
