"""``dynint warm`` against a real redis-server."""

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import redis

from model.bundle import Bundle
from model.features import Encoder, Vocabulary
from service.scorers.sum_scorer import SumScorer
from service.settings import Settings
from service.tiers.row_codec import RowCodec
from tests.integration.processes import RedisServer, free_port, local_gateway, read_reference
from tests.integration.test_gateway_redis import check_scores, hits


def warm(root: Path, url: str, *options: str) -> tuple[int, dict[str, Any], str]:
    command = [sys.executable, "-m", "dynint", "warm", "--root", str(root), "--name", "sums"]
    done = subprocess.run(
        [*command, "--redis-url", url, "--json", *options],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    last = done.stdout.splitlines()[-1] if done.stdout else "{}"
    return done.returncode, json.loads(last), done.stderr


def in_redis(client: redis.Redis, bundle: Bundle, marks: list[int]) -> list[bool]:
    keys = RowCodec(bundle.manifest_digest, bundle.table.width).keys(np.array(marks, np.uint64))
    return [bool(client.exists(key)) for key in keys]


def test_a_warm_redis_has_every_row(
    server: RedisServer, client: redis.Redis, module_releases: Path
):
    code, report, said = warm(module_releases, server.url)
    assert code == 0, said
    assert report["written"] == report["levels"] == client.dbsize() > 300
    settings = Settings(
        release_root=module_releases, model_name="sums", redis_url=server.url, redis_budget_ms=500
    )
    with local_gateway(settings, SumScorer()) as gateway:
        check_scores(gateway, module_releases, degraded=False)
        assert hits(gateway, "redis") > 300
        assert hits(gateway, "table") == 0


def test_the_hottest_of_a_log_come_first(
    server: RedisServer, client: redis.Redis, module_releases: Path, tmp_path: Path
):
    bundle = Bundle.open(module_releases / "sums" / "1")
    encoder = Encoder(bundle.spec)
    log = tmp_path / "requests.jsonl.gz"
    lines = [
        {"instances": [{"C4": "level1"}] * 5 + [{"C4": "level2"}]},
        {"context": {"C4": "level3"}, "candidates": [{}] * 3},
        {"C4": "nobody knows"},
    ]
    log.write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))
    fields = len(bundle.spec.fields)
    code, report, said = warm(
        module_releases, server.url, "--log", str(log), "--rows", str(fields + 1)
    )
    assert code == 0, said
    assert report["order"] == "log"
    place = bundle.spec.names.index("C4")
    marks = [encoder.fields[place].fingerprint(f"level{level}") for level in (1, 3, 2)]
    assert in_redis(client, bundle, marks) == [True, True, False]


def test_the_hottest_of_training_come_first(
    server: RedisServer, client: redis.Redis, module_releases: Path, tmp_path: Path
):
    bundle = Bundle.open(module_releases / "sums" / "1")
    levels = bundle.table.fingerprints
    counts = np.random.default_rng(0).permutation(len(levels)) + 1
    fields = np.zeros(len(levels), np.uint16)
    rows = np.arange(len(levels), dtype=np.int32) + bundle.table.fields
    Vocabulary(levels, rows, counts, fields, bundle.table.fields).save(tmp_path / "vocabulary.npz")
    code, report, said = warm(module_releases, server.url, "--data", str(tmp_path), "--rows", "50")
    assert code == 0, said
    assert report["written"] == client.dbsize() == 50
    hottest = levels[np.argsort(-counts)][:50]
    assert all(in_redis(client, bundle, hottest.tolist()))


def test_it_keeps_to_its_rate(server: RedisServer, client: redis.Redis, module_releases: Path):
    _, report, _ = warm(module_releases, server.url, "--rows", "600", "--rate", "1000")
    assert report["written"] == client.dbsize()
    assert report["seconds"] > (report["written"] // 256) * 0.25


def test_what_goes_wrong_is_said(server: RedisServer, client: redis.Redis, module_releases: Path):
    code, _, said = warm(module_releases, f"redis://127.0.0.1:{free_port()}")
    assert (code, said.count("error: ")) == (1, 1)
    assert "redis: must take rows" in said
    client.config_set("maxmemory", 1)
    code, _, said = warm(module_releases, server.url)
    assert code == 1
    assert "refused" in said
    for options in (["7"], ["--log", "absent.jsonl"], ["--data", "absent"], ["--rows", "0"]):
        code, _, said = warm(module_releases, server.url, *options)
        assert code == 2, said
    code, _, said = warm(module_releases, "http://localhost")
    assert code == 2
    assert "DYNINT_REDIS_URL" in said


def test_a_log_that_is_cut_off_damaged_or_empty_is_said(
    server: RedisServer, module_releases: Path, tmp_path: Path
):
    whole = gzip.compress(b"".join(b'{"C4": "level%d"}\n' % number for number in range(5000)))
    log = tmp_path / "requests.jsonl.gz"
    for content, text in (
        (whole[:-200], "must be a whole gzip file; it is cut off"),
        (whole[:40] + bytes(20) + whole[60:], "must be a whole gzip file; "),
    ):
        log.write_bytes(content)
        code, _, said = warm(module_releases, server.url, "--log", str(log))
        assert code == 2
        assert text in said
        assert "Traceback" not in said
    log.write_bytes(gzip.compress(b""))
    code, report, said = warm(module_releases, server.url, "--log", str(log))
    assert (code, report["written"], report["version"]) == (0, 0, "1")
    assert f"warning: {log} has no row" in said
    code, _, said = warm(module_releases, server.url, "--data", str(tmp_path / "absent"))
    assert code == 2
    assert f"{tmp_path / 'absent'} does not exist" in said


@pytest.mark.parametrize("line", ["{", "[1]", '{"instances": 3}', '{"C4": [1]}', '{"other": "x"}'])
def test_a_line_that_cannot_be_read_is_named(
    server: RedisServer, module_releases: Path, tmp_path: Path, line: str
):
    rows, _ = read_reference(module_releases)
    log = tmp_path / "requests.jsonl"
    log.write_text(f"{json.dumps(rows[0])}\n\n{line}\n")
    code, _, said = warm(module_releases, server.url, "--log", str(log))
    assert code == 2
    assert "requests.jsonl:3: " in said
