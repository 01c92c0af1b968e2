"""A generated table, larger than what a gateway keeps in process, is served row by row from disk."""

import subprocess
import sys
from pathlib import Path

import httpx
import numpy as np
import pytest

from benchmarks.big_table.levels import (
    MODEL,
    NAMES,
    fingerprints_of,
    level_names,
    levels_of,
    oov_rows,
    rows_of,
)
from benchmarks.big_table.process_memory import memory_mb
from benchmarks.big_table.traffic import Traffic
from model.bundle import EmbeddingTable, promote
from tests.integration.processes import GatewayProcess

ROWS = 200_000
MANY = 2_000_000


def generate(folder: Path, rows: int, versions: int) -> Path:
    command = [sys.executable, "-m", "benchmarks.big_table.release", str(folder)]
    command += ["--rows", str(rows), "--versions", str(versions)]
    subprocess.run(command, check=True, capture_output=True, timeout=280)
    promote(folder / MODEL, 1)
    return folder


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(tmp_path_factory.mktemp("big"), ROWS, 2)


def draw(rows: int, count: int) -> tuple[list[dict[str, str]], np.ndarray, np.ndarray]:
    """Draw levels evenly, one in ten of them unseen; instances, fingerprints and what is seen."""
    random = np.random.default_rng(3)
    columns, marks = [], []
    seen = random.random((count, len(NAMES))) < 0.9
    for place in range(len(NAMES)):
        ranks = random.integers(0, levels_of(place, rows), count)
        ranks = np.where(seen[:, place], ranks, 2**31 + ranks)
        columns.append(level_names(place, ranks))
        marks.append(fingerprints_of(place, ranks))
    instances = [dict(zip(NAMES, row, strict=True)) for row in zip(*columns, strict=True)]
    return instances, np.stack(marks, axis=1), seen


@pytest.mark.parametrize("preload_mb", [0, 1024])
def test_scores_are_those_of_the_rows_that_were_generated(releases: Path, preload_mb: int):
    from benchmarks.big_table.release import make_model

    count = 300
    instances, marks, seen = draw(ROWS, count)
    x0 = rows_of(marks.ravel(), 1).reshape(count, len(NAMES), -1)
    x0 = np.where(seen[:, :, None], x0, oov_rows(1))
    logits = np.asarray(make_model(1).network(x0))
    settings = {"model_name": MODEL, "l1_rows": 2_000, "table_preload_mb": preload_mb}
    with GatewayProcess(releases, **settings) as gateway, httpx.Client(timeout=30) as client:
        for _ in range(3):
            answer = client.post(f"{gateway.url}/predict", json={"instances": instances})
            assert answer.status_code == 200
            np.testing.assert_allclose(
                answer.json()["probabilities"], 1 / (1 + np.exp(-logits)), rtol=2e-5
            )


def test_no_two_versions_have_a_row_in_common(releases: Path):
    tables = [EmbeddingTable.open(releases / MODEL / version / "embeddings") for version in "12"]
    np.testing.assert_array_equal(tables[0].fingerprints, tables[1].fingerprints)
    assert len(tables[0].fingerprints) == ROWS
    assert (tables[0].rows != tables[1].rows).any(axis=1).all()
    for version, table in enumerate(tables, start=1):
        np.testing.assert_array_equal(
            table.rows[-100:], rows_of(table.fingerprints[-100:], version)
        )


def mapped_mb(pid: int, name: str) -> float:
    """Read how much of a mapped file a process holds, in MiB."""
    total, ours = 0, False
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        if not line.split()[0].endswith(":"):
            ours = line.endswith(name)
        elif ours and line.startswith("Rss:"):
            total += int(line.split()[1])
    return total / 1024


def test_what_is_read_from_the_table_does_not_become_the_gateways_own_memory(tmp_path: Path):
    root = generate(tmp_path, MANY, 1)
    traffic = Traffic(MANY, 0.0, seed=1)  # every level is as likely: nearly every page is touched
    settings = {"model_name": MODEL, "l1_rows": 1_000, "table_preload_mb": 0}
    with GatewayProcess(root, **settings) as gateway, httpx.Client(timeout=30) as client:
        headers = {"content-type": "application/json"}

        def ask(times: int) -> None:
            for _ in range(times):
                body = traffic.body("instances", 100)
                answer = client.post(f"{gateway.url}/predict", content=body, headers=headers)
                assert answer.status_code == 200

        ask(10)
        own, _ = memory_mb(gateway.pid)
        ask(120)
        own_after, _ = memory_mb(gateway.pid)
        assert mapped_mb(gateway.pid, "rows.npy") > 100  # of 122
        assert own_after - own < 64
        assert own_after < 1024
