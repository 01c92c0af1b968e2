"""``dynint rollback --gateway``: a trial is ended with the verdict of a gateway that cannot write it."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from model.bundle import Canary, Pointer, end_canary, promote, read_evidence, read_pointer
from model.bundle import start_canary as start
from model.cli import app
from tests.unit.bundle.small_bundle import write_bundle

VERDICT = {"verdict": "scores", "thresholds": {"max_score_shift": 0.25}, "figures": {"n": None}}
NOBODY = "http://127.0.0.1:1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Version 2 is live, 1 was before, 3 is on trial."""
    for version in ("1", "2", "3"):
        write_bundle(tmp_path / "dynint" / version)
    promote(tmp_path / "dynint", 1)
    promote(tmp_path / "dynint", 2)
    start(tmp_path / "dynint", 3, 0.25)
    return tmp_path / "dynint"


@contextmanager
def gateway(canary: dict[str, Any] | None, asked: Callable[[], object] = bool) -> Iterator[str]:
    """Stand where a gateway says this of the canary, once something else was done."""

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked()
            body = json.dumps({"models": [{"name": "dynint", "canary": canary}]}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def back(folder: Path, *gateways: str) -> tuple[int, str]:
    options = [f"--gateway={each}" for each in gateways]
    done = CliRunner().invoke(app, ["rollback", "--root", str(folder.parent), *options])
    return done.exit_code, done.output


def test_the_first_verdict_is_the_record(folder: Path):
    with (
        gateway({"version": "3", "verdict": None}) as one,
        gateway({"version": "3", **VERDICT}) as two,
    ):
        code, said = back(folder, NOBODY, one, two)
    assert code == 0
    assert f"{NOBODY} cannot be asked: Connection refused" in said
    assert f"{two} has judged against version 3: scores" in said
    assert read_pointer(folder) == Pointer("2", "1")
    evidence = read_evidence(folder, 3) or {}
    assert evidence["reason"] == "scores"
    assert (evidence["thresholds"], evidence["figures"]) == ({"max_score_shift": 0.25}, {"n": None})


@pytest.mark.parametrize(
    "canary", [None, {"version": "3", "verdict": None}, {"version": "9", **VERDICT}]
)
def test_without_a_verdict_on_it_a_person_ends_it(folder: Path, canary: dict[str, Any] | None):
    with gateway(canary) as url:
        assert back(folder, url)[0] == 0
    evidence = read_evidence(folder, 3) or {}
    assert (evidence["reason"], evidence["figures"]) == ("by_hand", {})
    assert read_pointer(folder) == Pointer("2", "1")


@pytest.mark.parametrize("verdict", [VERDICT, {"verdict": None}])
def test_a_trial_that_ends_meanwhile_takes_no_live_version_back(
    folder: Path, verdict: dict[str, Any]
):
    with gateway({"version": "3", **verdict}, lambda: end_canary(folder, "3", "errors")) as url:
        code, said = back(folder, url)
    assert code == 1
    assert "was ended by another process meanwhile" in said
    assert read_pointer(folder) == Pointer("2", "1")
    assert (read_evidence(folder, 3) or {})["reason"] == "errors"


def test_an_older_gateway_that_tells_no_figures_is_believed(folder: Path):
    with gateway({"version": "3", "verdict": "errors"}) as url:
        assert back(folder, url)[0] == 0
    evidence = read_evidence(folder, 3) or {}
    assert (evidence["reason"], evidence["thresholds"], evidence["figures"]) == ("errors", {}, {})


def test_what_is_no_address_ends_nothing(folder: Path):
    code, said = back(folder, NOBODY, "gateway:8080")
    assert code == 2
    assert "--gateway: must be http[s]://host[:port]; received 'gateway:8080'" in said
    assert read_pointer(folder) == Pointer("2", "1", Canary("3", 0.25))


def test_without_a_canary_no_gateway_is_asked(folder: Path):
    end_canary(folder, "3", "errors")
    code, said = back(folder, NOBODY)
    assert code == 0
    assert "cannot be asked" not in said
    assert read_pointer(folder) == Pointer("1", "2")
