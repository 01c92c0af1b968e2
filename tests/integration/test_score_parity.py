"""The score of POST /predict is the trained model's own, for the same raw row, by every way through the house."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from tests.integration.prepared import read_split
from tests.integration.processes import GatewayProcess, ModelServer, RedisServer
from tests.real_data import REAL_DATA

pytestmark = pytest.mark.slow

ROWS = 1_000
TOLERANCE = 1e-6

CONFIG = """
[model]
name = "dynint_dgp"
layers = 2
kernel_size = 16
[training]
epochs = 1
"""


def run(*arguments: object) -> dict[str, Any]:
    command = [sys.executable, "-m", "dynint", *map(str, arguments), "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=280)
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prepared data, a trained model and a live release of it."""
    home = tmp_path_factory.mktemp("parity")
    log = [REAL_DATA / "criteo" / "criteo_70k.txt.gz"] if REAL_DATA else ["--generate", str(20_000)]
    (home / "config.toml").write_text(CONFIG)
    run("prepare", *log, "--out", home / "data", "--min-count", "10")
    train = ["--config", home / "config.toml", "--data", home / "data", "--out", home / "run"]
    run("train", *train)
    export = ["--run", home / "run", "--data", home / "data", "--root", home / "releases"]
    run("export", *export, "--promote")
    return home


@pytest.fixture(scope="module")
def expected(house: Path) -> dict[int, float]:
    """Probability of each test row, by row number: the trained model on the prepared ids."""
    from model.trained import TrainedModel

    model = TrainedModel.load(house / "run" / "model")
    table = read_split(house / "data", "test")
    ids = np.stack([table.column(field.name).to_numpy() for field in model.spec.fields], axis=1)
    probabilities = 1.0 / (1.0 + np.exp(-model.logits(ids).astype(np.float64)))
    return dict(zip(table.column("row").to_pylist(), probabilities.tolist(), strict=True))


@pytest.fixture(scope="module")
def sample(house: Path) -> list[dict[str, Any]]:
    """Raw rows of the test split, as requests carry them."""
    with (house / "data" / "sample.jsonl").open() as lines:
        rows = [json.loads(line) for line in lines][:ROWS]
    assert len(rows) == ROWS
    return rows


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.mark.parametrize("scorer", ["embedded", "remote"])
@pytest.mark.parametrize("second_tier", ["none", "redis"])
def test_the_score_served_is_the_score_trained(
    house: Path,
    expected: dict[int, float],
    sample: list[dict[str, Any]],
    redis: RedisServer,
    scorer: str,
    second_tier: str,
):
    root = house / "releases"
    with ExitStack() as stack:
        # Small, so that lower tiers answer too; and time enough on a busy machine.
        settings: dict[str, object] = {"l1_rows": 500, "request_timeout_ms": 20_000}
        if scorer == "remote":
            settings["scorer"] = f"grpc://{stack.enter_context(ModelServer(root)).target}"
        if second_tier == "redis":
            settings |= {"redis_url": redis.url, "redis_budget_ms": 1_000}
        gateway = stack.enter_context(GatewayProcess(root, **settings))
        for _ in range(2):  # the second time by way of what the first left in L1 and Redis
            worst = 0.0
            for start in range(0, ROWS, 100):
                batch = sample[start : start + 100]
                response = httpx.post(
                    f"{gateway.url}/predict",
                    json={"instances": [row["instance"] for row in batch]},
                    timeout=30,
                )
                assert response.status_code == 200, response.text
                answer = response.json()
                assert answer["degraded"] is False
                trained = np.array([expected[row["row"]] for row in batch])
                worst = max(worst, float(np.abs(np.array(answer["probabilities"]) - trained).max()))
            assert worst <= TOLERANCE
        if second_tier == "redis":
            metrics = httpx.get(f"{gateway.url}/metrics").text
            assert 'tier="redis"' in metrics
