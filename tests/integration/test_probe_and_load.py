"""What the images run beside a gateway: their health check, and a load on it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.integration.keys import admin_url
from tests.integration.pages.page import blocks
from tests.integration.processes import GatewayProcess, ModelServer, free_port


def probe(port: int, *target: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "service.probe", *target],
        env={**os.environ, "DYNINT_PORT": str(port)},
        capture_output=True,
        text=True,
        check=False,
    )


def load(url: str, root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dynint", "bench", "load", "--url", url, "--root", str(root)]
    return subprocess.run(
        [*command, "--rate", "20", "--rows", "7", "--seconds", "1.5", "--json", *options],
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_gateway_is_probed_and_loaded(module_releases: Path):
    with GatewayProcess(module_releases) as gateway:
        port = int(gateway.url.rsplit(":", 1)[1])
        assert probe(port).returncode == 0
        assert probe(port, "/livez").returncode == 0
        missing = probe(port, "/nothing")
        assert missing.returncode == 1
        assert "404" in missing.stderr
        done = load(gateway.url, module_releases)
    report = json.loads(done.stdout.splitlines()[-1])
    assert (done.returncode, report["statuses"]) == (0, {"200": 30})
    assert 0 < report["p50_ms"] <= report["p99_ms"]


def test_a_key_is_one_line_and_anything_else_is_refused_before_any_request(
    module_releases: Path, tmp_path: Path
):
    (commands,) = [each for each in blocks("docs/compose.md") if each.first == "mkdir -p keys"]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    subprocess.run(
        ["bash", "-euc", commands.text],
        env={**os.environ, "PATH": path},
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    made, one = tmp_path / "load.key", tmp_path / "keys" / "load"
    key = one.read_text().strip()
    with GatewayProcess(
        module_releases, api_keys_file=tmp_path / "keys" / "keys", admin_port=0
    ) as gateway:
        done = load(gateway.url, module_releases, "--key-file", str(made))
        assert done.returncode == 2
        assert f"error: --key-file: must be one line, the key; {made} has 2" in done.stderr
        assert key not in done.stderr + done.stdout
        (tmp_path / "blank").write_text(f"{key} {key}\n")
        done = load(gateway.url, module_releases, "--key-file", str(tmp_path / "blank"))
        assert "error: --key-file: must be a key of visible ASCII" in done.stderr
        metrics = httpx.get(f"{admin_url(gateway)}/metrics", timeout=20).text
        counts = [
            line for line in metrics.splitlines() if 'requests_total{route="/predict"' in line
        ]
        assert counts
        assert {line.split()[-1] for line in counts} == {"0.0"}, counts
        done = load(gateway.url, module_releases, "--key-file", str(one))
    assert json.loads(done.stdout.splitlines()[-1])["statuses"] == {"200": 30}


def test_a_model_server_is_probed(module_releases: Path):
    with ModelServer(module_releases) as server:
        assert probe(0, f"grpc:{server.target.rsplit(':', 1)[1]}").returncode == 0
    gone = probe(0, f"grpc:{free_port()}")
    assert gone.returncode == 1
    assert "UNAVAILABLE" in gone.stderr


def test_where_nobody_answers_both_say_so(module_releases: Path):
    port = free_port()
    assert "no answer" in probe(port).stderr
    done = load(f"http://127.0.0.1:{port}", module_releases)
    assert done.returncode == 1
    assert "0: no answer" in done.stderr


@pytest.mark.parametrize(
    ("url", "root", "named"),
    [("https://a", "", "--url"), ("nowhere", "", "--url"), ("http://a", "absent", "--root")],
)
def test_what_load_cannot_use_is_refused_by_name(
    module_releases: Path, url: str, root: str, named: str
):
    done = load(url, Path(root) if root else module_releases)
    assert done.returncode == 2
    assert f"error: {named}" in done.stderr
