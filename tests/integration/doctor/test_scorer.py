"""Model servers that are not what the pointer needs."""

import shutil
import socket
import time
from pathlib import Path

from model.bundle import Canary, Pointer, write_pointer
from service.doctor.case import Case
from service.doctor.finding import Finding
from service.doctor.model_servers import check_model_servers
from service.doctor.release_root import check_pointer, check_versions
from service.settings import Settings
from tests.integration.doctor.conftest import run_doctor
from tests.integration.processes import ModelServer, free_port


def examine(root: Path, *targets: str, **others: object) -> list[Finding]:
    """Run the checks of the model servers, and those before that they need."""
    settings = Settings(release_root=root, scorer=f"grpc://{','.join(targets)}", **others)
    case = Case(settings, {})
    for check in (check_pointer, check_versions):
        list(check(case))
    return list(check_model_servers(case))


def the(findings: list[Finding], check: str) -> Finding:
    (found,) = [each for each in findings if each.check.startswith(check)]
    return found


def test_each_target_is_examined_by_itself(releases: Path, model_server: ModelServer):
    dead = f"127.0.0.1:{free_port()}"
    findings = examine(releases, model_server.target, dead)
    assert the(findings, f"golden batch {model_server.target}").state == "ok"
    assert the(findings, f"round trip {model_server.target}").figures["rows"] == 64
    assert the(findings, f"scorer {dead}").state == "failed"
    assert "UNAVAILABLE" in the(findings, f"scorer {dead}").found
    assert not any(each.check.startswith(f"golden batch {dead}") for each in findings)


def test_one_that_lacks_the_live_version(releases: Path, model_server: ModelServer):
    write_pointer(
        releases / "dynint", Pointer("2", "1")
    )  # it follows another root, where 1 is live
    scorer = f"grpc://{model_server.target}"
    examined = run_doctor(releases, "--scorer", scorer)
    assert examined.code == 1
    assert examined.failures() == [f"served versions {model_server.target}"]
    finding = examined.of("served versions")
    assert finding["found"].startswith("AVAILABLE: 1")
    assert finding["found"].endswith("version 2 is live")
    assert "tf_serving.config" in finding["do"]
    assert examined.state("golden batch") == "skipped"


def test_one_that_lacks_the_previous_version_or_the_canary(
    releases: Path, model_server: ModelServer
):
    write_pointer(releases / "dynint", Pointer("1", "2"))
    finding = the(examine(releases, model_server.target), "served versions")
    assert finding.state == "warning"
    assert "rollback to version 2 would wait" in finding.found
    write_pointer(releases / "dynint", Pointer("1", None, Canary("2", 0.5)))
    finding = the(examine(releases, model_server.target), "served versions")
    assert finding.state == "failed"
    assert "version 2 is on trial" in finding.found


def test_one_that_does_not_know_the_model(releases: Path, model_server: ModelServer):
    finding = the(examine(releases, model_server.target, model_name="sums"), "scorer")
    assert finding.state == "failed"
    assert finding.found == "does not know the model 'sums'"


def test_one_that_serves_other_weights_under_this_number(releases: Path, model_server: ModelServer):
    shutil.rmtree(releases / "dynint" / "1")
    shutil.copytree(releases / "dynint" / "2", releases / "dynint" / "1")
    finding = the(examine(releases, model_server.target), "golden batch")
    assert finding.state == "failed"
    assert "logits must agree" in finding.found
    assert "must not take traffic" in finding.do


def test_one_that_takes_connections_and_never_answers(releases: Path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        finding = the(examine(releases, f"127.0.0.1:{silent.getsockname()[1]}"), "scorer")
        assert time.monotonic() - began < 30
    assert finding.state == "failed"
    assert "no answer in" in finding.found or "UNAVAILABLE" in finding.found
