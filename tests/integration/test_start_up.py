"""A gateway beside a model server starts fast and stays small."""

import re
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.integration.processes import GatewayProcess, ModelServer, read_reference

MOST_BYTES = 150 * 10**6
MOST_S = 15.0
"""Ten times what it is on a machine with nothing else to do (docs/performance.md)."""


def resident_bytes(pid: int) -> int:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux' /proc")
def test_it_is_ready_in_seconds_and_resident_in_less_than_150_mb_without_tensorflow(
    module_releases: Path,
):
    rows, _ = read_reference(module_releases)
    with ModelServer(module_releases) as server:
        began_s = time.monotonic()
        with GatewayProcess(module_releases, scorer=f"grpc://{server.target}") as gateway:
            ready_s = time.monotonic() - began_s
            for _ in range(20):
                answer = httpx.post(f"{gateway.url}/predict", json={"instances": rows})
                assert answer.status_code == 200
            assert httpx.get(f"{gateway.url}/metrics").status_code == 200
            resident = resident_bytes(gateway.pid)
            mapped = Path(f"/proc/{gateway.pid}/maps").read_text()
    assert resident < MOST_BYTES, f"{resident:,} bytes"
    assert ready_s < MOST_S
    assert "cygrpc" in mapped
    assert "tensorflow" not in mapped


def test_it_imports_only_what_its_settings_need():
    script = (
        "import sys; from service.main import create_app; from service.settings import Settings\n"
        "import service.server\n"
        "create_app(Settings(scorer='grpc://a:1'))\n"
        "print(*sorted(name.partition('.')[0] for name in sys.modules))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    modules = set(ended.stdout.split())
    assert {"fastapi", "grpc", "uvicorn"} <= modules
    heavy = {"tensorflow", "keras", "polars", "pyarrow", "pandas", "scipy", "sklearn", "matplotlib"}
    assert not modules & (heavy | {"redis", "httpx"})
