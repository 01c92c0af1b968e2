"""Who is told how a run ended."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from model.errors import InvalidInputError
from tests.unit.deploy.promql import asked_of
from training.retrain.alerts import tell_of, textfile
from training.retrain.config import RetrainConfig
from training.retrain.journal import PROMOTED, REFUSED, RUNNING, Journal
from training.retrain.report import write_report


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    folder = tmp_path / "2026-11-26-1"
    folder.mkdir()
    found = Journal(folder / "journal.json", {"config": "c", "live": None, "logs": {"a.txt": "12"}})
    with found.step("collect") as result:
        result |= {"day": "2026-11-26", "said": ["new <b>files</b>"]}
    with found.step("evaluate") as result:
        result["candidate"] = {"rows": 9, "auc": 0.7, "log_loss": 0.4, "calibration_ratio": 1.1}
    common = {"threshold": {}}
    bounds = {"low": -1.0, "high": 0.0, "difference": -0.5}
    with found.step("gates") as result:
        result["gates"] = [
            {**common, "name": "auc", "passed": False, "reason": "worse", "measured": bounds},
            {**common, "name": "latency", "passed": True, "reason": "", "measured": {}},
        ]
    return found


def samples(text: str) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *(value for key, value in sorted(sample.labels.items()) if key != "model")): (
            sample.value
        )
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.mark.parametrize(
    ("outcome", "told"), [(PROMOTED, "promoted"), (REFUSED, "refused"), (RUNNING, "failed")]
)
def test_the_textfile_is_prometheus_and_says_one_outcome(journal: Journal, outcome: str, told: str):
    journal.outcome = outcome
    found = samples(textfile(RetrainConfig.parse({}), journal))
    outcomes = {key[1]: value for key, value in found.items() if key[0] == "dynint_retrain_outcome"}
    assert outcomes == {each: float(each == told) for each in ("promoted", "refused", "failed")}
    assert found["dynint_retrain_gate_passed", "auc"] == 0
    assert found["dynint_retrain_gate_passed", "latency"] == 1
    assert found["dynint_retrain_auc", "candidate"] == 0.7
    assert found["dynint_retrain_last_run_timestamp_seconds",] > 1.7e9


def test_what_the_shipped_rules_ask_of_retraining_is_written(journal: Journal):
    journal.outcome = PROMOTED
    text = textfile(RetrainConfig.parse({}), journal)
    written: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            written.setdefault(sample.name, set()).update(sample.labels)
    found = 0
    for name, labels in asked_of("dynint_retrain_"):
        found += 1
        assert labels <= written[name], name
    assert found > 5


def test_the_webhooks_address_comes_from_a_file_and_is_not_said(
    journal: Journal, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    class Refuses(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    file = tmp_path / "webhook"
    config = RetrainConfig.parse({"alerts": {"webhook_file": str(file)}})
    with HTTPServer(("127.0.0.1", 0), Refuses) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        file.write_text(f"http://127.0.0.1:{server.server_port}/secret-part\n")
        tell_of(config, journal)
        server.shutdown()
    file.write_text("secret-part of another kind")
    tell_of(config, journal)
    file.unlink()
    tell_of(config, journal)
    said = capsys.readouterr().err
    assert "the webhook did not take it: status 404" in said
    assert "webhook_file: must hold an address" in said
    assert "webhook_file: must be a file that can be read" in said
    assert "secret-part" not in said


def test_no_secret_of_a_configuration_is_shown():
    secret = "https://hooks.example/secret-part"  # noqa: S105
    tables = {"alerts": {"webhook": secret}, "release": {"redis_url": "redis://:secret-part@x"}}
    assert "secret-part" not in repr(RetrainConfig.parse(tables))
    for alerts in ({"webhook": "secret-part"}, {"webhook": secret, "webhook_file": "there"}):
        with pytest.raises(InvalidInputError) as caught:
            RetrainConfig.parse({"alerts": alerts})
        assert "secret-part" not in str(caught.value)


def test_the_webhook_gets_what_happened(journal: Journal):
    got: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/hook"
        journal.outcome, journal.reason = REFUSED, "auc: worse"
        tell_of(RetrainConfig.parse({"alerts": {"webhook": address}}), journal)
        server.shutdown()
    assert got[0]["outcome"] == "refused"
    assert got[0]["reason"] == "auc: worse"
    assert got[0]["text"] == "dynint: retraining 2026-11-26-1 refused: auc: worse"


def test_an_alert_that_cannot_be_sent_is_said_and_fails_nothing(
    journal: Journal, capsys, tmp_path: Path
):
    alerts = {"webhook": "http://127.0.0.1:9/", "textfile": str(tmp_path / "no" / "x.prom")}
    tell_of(RetrainConfig.parse({"alerts": alerts}), journal)
    said = capsys.readouterr().err
    assert "x.prom cannot be written" in said
    assert "the webhook did not take it" in said
    assert "127.0.0.1:9" not in said


def test_the_report_is_one_page_that_shows_what_it_is_told_and_runs_nothing(journal: Journal):
    journal.outcome, journal.reason = REFUSED, "the candidate must pass <every> check"
    write_report(RetrainConfig.parse({}), journal)
    page = (journal.folder / "report.html").read_text()
    assert "the candidate must pass &lt;every&gt; check" in page
    assert "new &lt;b&gt;files&lt;/b&gt;" in page
    assert "<strong>failed</strong>" in page or "<b>failed</b>" in page
    assert "-0.50000 (-1.00000 to +0.00000)" in page
    assert page.count("<svg") == 1
    assert "<script" not in page
    assert "<link" not in page
    report = json.loads((journal.folder / "report.json").read_text())
    assert report["steps"]["gates"]["result"]["gates"][0]["name"] == "auc"
