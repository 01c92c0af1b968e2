"""``make sbom`` and ``make audit``: what they say, and what they say when nobody answers."""

import json
import os
import re
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".cache" / "audit" / "bin" / "python"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PYTHON.exists(), reason="no tools for audits: make .cache/audit/.audit"),
]
LOCK = ROOT / "requirements" / "gateway.txt"


def run(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(PYTHON), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=ROOT,
        env={**os.environ, "NO_PROXY": "127.0.0.1", **env},
    )


def test_an_sbom_has_each_locked_package_with_its_hashes_and_no_host(tmp_path: Path):
    made = run("scripts/sbom.py", str(LOCK), str(tmp_path / "made" / "gateway.cdx.json"))
    assert made.returncode == 0, made.stderr
    text = (tmp_path / "made" / "gateway.cdx.json").read_text()
    assert set(re.findall(r"https?://([^/\"]+)", text)) == {"cyclonedx.org"}  # its schema's name
    content = json.loads(text)
    assert (content["bomFormat"], content["specVersion"]) == ("CycloneDX", "1.6")
    assert content["metadata"]["component"]["name"] == "dynint"
    locked = dict.fromkeys(re.findall(r"^([\w.-]+)(?:\[.*\])?==(\S+)", LOCK.read_text(), re.M))
    found = {(each["name"], each["version"]): each for each in content["components"]}
    assert found.keys() == locked.keys()
    digests = set(re.findall("--hash=sha256:([0-9a-f]{64})", LOCK.read_text()))
    assert digests == {
        digest["content"]
        for each in content["components"]
        for reference in each["externalReferences"]
        for digest in reference["hashes"]
    }


def test_an_sbom_of_what_is_no_lock_is_refused(tmp_path: Path):
    made = run("scripts/sbom.py", str(tmp_path / "absent.txt"), str(tmp_path / "out.json"))
    assert made.returncode == 1
    assert "could not be read as a lock" in made.stderr
    assert not (tmp_path / "out.json").exists()


def an_advisory(name: str) -> dict[str, object]:
    events = [{"introduced": "0"}, {"fixed": "99"}]
    return {
        "id": "PYSEC-0-1",
        "summary": "made up",
        "affected": [
            {
                "package": {"name": name, "ecosystem": "PyPI"},
                "ranges": [{"type": "ECOSYSTEM", "events": events}],
            }
        ],
    }


@contextmanager
def advisories(vulnerable: str = "") -> Iterator[str]:
    """Answer as OSV does: one package has an advisory, the others none."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = json.loads(self.rfile.read(int(self.headers["content-length"])))
            name = query["package"]["name"]
            body = json.dumps({"vulns": [an_advisory(name)]} if name == vulnerable else {}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1/query"
        finally:
            server.shutdown()
            thread.join(10)


def test_an_audit_names_what_is_vulnerable_and_ends_with_1():
    with advisories("starlette") as url:
        ended = run("scripts/audit.py", str(LOCK), PIP_AUDIT_OSV_URL=url)
    assert ended.returncode == 1, ended.stderr
    assert re.search(r"gateway\.txt: starlette \S+: PYSEC-0-1, fixed in 99", ended.stdout)
    assert "1 known vulnerabilities" in ended.stdout


def test_an_audit_without_findings_ends_with_0():
    with advisories() as url:
        ended = run("scripts/audit.py", str(LOCK), PIP_AUDIT_OSV_URL=url)
    assert ended.returncode == 0, ended.stderr
    assert "0 known vulnerabilities" in ended.stdout


def test_an_audit_that_nobody_answers_says_so_and_ends_with_3():
    with socket.create_server(("127.0.0.1", 0)) as gone:
        url = f"http://127.0.0.1:{gone.getsockname()[1]}/v1/query"
    ended = run("scripts/audit.py", str(LOCK), PIP_AUDIT_OSV_URL=url)
    assert ended.returncode == 3
    assert "the advisory service could not be asked, so nothing is known" in ended.stderr
    assert not ended.stdout


def test_an_audit_does_not_wait_for_ever():
    script = (
        "import sys, pathlib; sys.path.insert(0, 'scripts'); import audit\n"
        f"try: audit.ask(pathlib.Path({str(LOCK)!r}), 3)\n"
        "except audit.NotAskedError as error: sys.exit(str(error))"
    )
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections, answers none
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/v1/query"
        ended = run("-c", script, PIP_AUDIT_OSV_URL=url)
    assert ended.returncode == 1
    assert "no answer within 3 s" in ended.stderr
