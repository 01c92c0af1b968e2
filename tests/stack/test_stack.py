"""``docker compose up`` on a fresh checkout, by a real engine; each container killed in turn; a night.

``make test-stack``. Where no image registry can be reached, scripts/standins.sh makes the images.
"""

import json
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.stack.compose import GATEWAY, GRAFANA, Compose, value, wait

pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compose]:
    compose = Compose(tmp_path_factory.mktemp("stack"))
    compose("down", "-v", "--remove-orphans", check=False)
    try:
        compose("up", "-d", seconds=900)
        yield compose
    finally:
        print(compose("logs", "--tail", "40", check=False))
        compose("down", "-v", "--remove-orphans", check=False)


@pytest.fixture(scope="module")
def rows(stack: Compose) -> list[dict[str, object]]:
    """Some rows that the live release was proven with."""
    wait(lambda: httpx.get(f"{GATEWAY}/readyz").status_code == 200, 120, "gateway ready")
    code = (
        "import json;from pathlib import Path;from model.bundle import *;"
        "r=Path('/releases');p=read_pointer(r/'dynint');"
        "print(json.dumps(Bundle.open(bundle_folder(r,'dynint',p.current)).golden().instances[:50]))"
    )
    return json.loads(stack.run("gateway", "python", "-c", code))


def ask(rows: list[dict[str, object]]) -> httpx.Response:
    return httpx.post(f"{GATEWAY}/predict", json={"instances": rows}, timeout=10)


@contextmanager
def asking(rows: list[dict[str, object]]) -> Iterator[Counter[int]]:
    """Ask without a pause; counts the answers by status, 0 for none."""
    answers: Counter[int] = Counter()
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            try:
                answer = ask(rows)
                answers[answer.status_code] += 1
                if answer.status_code != 200:
                    assert answer.headers["content-type"] == "application/problem+json"
            except httpx.HTTPError:
                answers[0] += 1
            stop.wait(0.02)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield answers
    finally:
        stop.set()
        thread.join()


def test_everything_becomes_healthy(stack: Compose, rows):
    for service in ("tensorflow-serving", "redis", "gateway", "prometheus", "grafana"):
        wait(lambda service=service: stack.is_healthy(service), 120, f"{service} healthy")
    assert stack.inspect("first-release")["State"]["ExitCode"] == 0


def test_scores_come_through_redis_and_the_model_server(stack: Compose, rows):
    first = ask(rows)
    assert first.status_code == 200, first.text
    body = first.json()
    assert body["version"] == "1"
    assert body["degraded"] is False
    assert len(body["probabilities"]) == len(rows)
    wait(lambda: value(stack.metrics(), "dynint_redis_written_rows_total") > 0, 20, "rows in Redis")
    size = stack.run("redis", "sh", "-c", 'REDISCLI_AUTH="$DYNINT_REDIS_PASSWORD" redis-cli dbsize')
    assert int(size.split()[-1]) > 100
    # A gateway that starts anew has nothing in process: its rows come from Redis.
    stack("restart", "gateway")
    wait(lambda: httpx.get(f"{GATEWAY}/readyz").status_code == 200, 120, "gateway ready again")
    assert ask(rows).json()["probabilities"] == body["probabilities"]


def test_only_the_gateway_and_grafana_can_be_reached(stack: Compose):
    for service in ("tensorflow-serving", "redis", "prometheus", "batch-metrics"):
        ports = stack.inspect(service)["NetworkSettings"]["Ports"]
        assert not any(ports.values()), (service, ports)
    assert httpx.get(f"{GATEWAY}/metrics").status_code == 404  # on the admin port only
    assert httpx.get(f"{GRAFANA}/api/health").status_code == 200


def test_every_container_is_locked_down(stack: Compose):
    services = ("first-release", "tensorflow-serving", "redis", "gateway", "prometheus", "grafana")
    for service in services:
        found = stack.inspect(service)
        host = found["HostConfig"]
        assert host["ReadonlyRootfs"], service
        assert host["CapDrop"] == ["ALL"], service
        assert any("no-new-privileges" in option for option in host["SecurityOpt"]), service
        assert host["Memory"] > 0, service
        assert host["PidsLimit"], service
        assert found["Config"]["User"].split(":")[0].isdigit(), service
        assert found["Config"]["User"] != "0", service


def test_no_secret_is_in_an_image_layer(stack: Compose):
    for image in ("dynint-gateway:0.1.0", "dynint-trainer:0.1.0"):
        history = subprocess.run(
            ["docker", "history", "--no-trunc", image], capture_output=True, text=True, check=True
        ).stdout
        config = subprocess.run(
            ["docker", "inspect", image], capture_output=True, text=True, check=True
        ).stdout
        for text in (history, config):
            assert "local-stack-only" not in text
            assert "PASSWORD" not in text


def test_prometheus_scrapes_and_its_rules_load(stack: Compose, rows):
    ask(rows)
    wait(lambda: stack.prometheus('up{job="dynint-gateway"}')[0]["value"][1] == "1", 60, "up")
    wait(lambda: stack.prometheus("dynint_requests_total"), 60, "requests")
    wait(lambda: stack.prometheus('up{job="tensorflow-serving"}')[0]["value"][1] == "1", 60, "up")
    text = stack.run("prometheus", "wget", "-qO-", "http://127.0.0.1:9090/api/v1/rules")
    groups = json.loads(text)["data"]["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len(rules) > 10
    assert all(rule["health"] != "err" for rule in rules)


def test_redis_killed_loses_nothing(stack: Compose, rows):
    expected = ask(rows).json()["probabilities"]
    with asking(rows) as answers:
        wait(lambda: answers[200] > 20, 30, "answers")
        stack.kill("redis")
        wait(lambda: answers[200] > 60, 30, "answers without Redis")
        wait(lambda: stack.is_healthy("redis"), 60, "Redis back")
    assert set(answers) == {200}, answers
    assert ask(rows).json()["probabilities"] == expected


def test_the_model_server_killed_is_an_error_with_a_form_and_comes_back(stack: Compose, rows):
    with asking(rows) as answers:
        wait(lambda: answers[200] > 20, 30, "answers")
        stack.kill("tensorflow-serving")
        wait(lambda: answers[503] > 5, 30, "errors")
        before = answers[200]
        wait(lambda: answers[200] > before + 20, 90, "answers again")
    assert set(answers) <= {200, 503, 504}, answers


def test_the_gateway_killed_comes_back_with_the_same_scores(stack: Compose, rows):
    expected = ask(rows).json()["probabilities"]
    stack.kill("gateway")
    wait(lambda: ask(rows).status_code == 200, 90, "gateway back")
    assert ask(rows).json()["probabilities"] == expected


@pytest.mark.parametrize("service", ["prometheus", "grafana", "batch-metrics"])
def test_what_only_watches_may_die(stack: Compose, rows, service: str):
    with asking(rows) as answers:
        stack.kill(service)
        wait(lambda: answers[200] > 20, 30, "answers")
    assert set(answers) == {200}, answers
    wait(lambda: stack.inspect(service)["State"]["Running"], 30, f"{service} back")


def test_a_night_puts_a_better_model_live_while_requests_go_on(stack: Compose, rows):
    with asking(rows) as answers:
        said = stack("--profile", "retrain", "run", "--rm", "retrain", "--json", seconds=900)
        report = json.loads(said.strip().splitlines()[-1])
        assert (report["outcome"], report["version"]) == ("promoted", "2"), said
        wait(lambda: ask(rows).json()["version"] == "2", 10, "version 2")
    assert set(answers) == {200}, answers
    wait(lambda: stack.prometheus("dynint_retrain_outcome"), 60, "the night's figures")


def test_one_command_goes_back(stack: Compose, rows):
    stack("--profile", "retrain", "run", "--rm", "--entrypoint", "dynint", "retrain",
          "rollback", "--root", "/releases")  # fmt: skip
    wait(lambda: ask(rows).json()["version"] == "1", 5, "version 1")


def test_the_load_profile_loads(stack: Compose, rows):
    said = stack("--profile", "load", "run", "--rm", "load", "bench", "load", "--url",
                 "http://gateway:8080", "--root", "/releases", "--seconds", "5", "--json")  # fmt: skip
    report = json.loads(said.strip().splitlines()[-1])
    assert report["statuses"] == {"200": 100}


def test_the_gateway_drains_within_its_grace_period(stack: Compose, rows):
    with asking(rows) as answers:
        wait(lambda: answers[200] > 5, 30, "answers")
        stack("stop", "gateway")
    assert stack.inspect("gateway")["State"]["ExitCode"] == 0
    assert answers[500] == 0
