"""Limits of the system, the port, a running gateway, and checks that hang."""

import os
import socket
import threading
import time
from collections.abc import Iterable
from pathlib import Path

from model.bundle import Pointer, write_pointer
from service.doctor.case import Case
from service.doctor.examine import examine
from service.doctor.finding import Finding, ok
from service.doctor.keys import check_keys
from service.doctor.limits import check_memory, check_temporary
from service.doctor.port import check_admin_port, check_port
from service.doctor.running_gateway import check_gateway
from service.settings import Settings
from tests.integration.doctor.conftest import run_doctor
from tests.integration.keys import admin_url, make_key
from tests.integration.processes import GatewayProcess, ModelServer


def case(root: Path = Path("releases"), gateway: str | None = None, **others: object) -> Case:
    return Case(Settings(release_root=root, scorer="grpc://h:1", **others), {}, gateway=gateway)


def the(findings: Iterable[Finding], check: str) -> Finding:
    (found,) = [each for each in findings if each.check == check]
    return found


def test_too_few_open_files(releases: Path):
    examined = run_doctor(releases, before="ulimit -n 200; ")
    finding = examined.of("open files")
    assert finding["state"] == "failed"
    assert finding["figures"]["limit"] == 200
    assert "ulimit -n" in finding["do"]


def test_more_rows_in_the_process_than_there_is_memory():
    finding = the(check_memory(case(l1_rows=50_000_000, max_body_bytes_in_flight=2**42)), "memory")
    assert finding.state == "failed"
    assert "DYNINT_L1_ROWS" in finding.do


def test_no_place_for_temporary_files():
    assert next(iter(check_temporary(case()))).state == "ok"
    finding = next(iter(check_temporary(case(), "/proc")))
    assert finding.state == "failed"
    assert "tmpfs" in finding.do


def test_a_port_that_somebody_else_has():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        finding = the(check_port(case(port=port)), f"port {port}")
    assert finding.state == "failed"
    assert f"(process {os.getpid()}, " in finding.found
    assert the(check_port(case(port=port)), f"port {port}").state == "ok"


def test_an_address_that_is_not_ours():
    finding = the(check_port(case(host="192.0.2.1", port=18_099)), "port 18099")
    assert finding.state == "failed"
    assert "DYNINT_HOST" in finding.do


def test_an_admin_port_is_looked_at_as_the_other_one_is():
    assert the(check_admin_port(case()), "admin port").state == "skipped"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        finding = the(check_admin_port(case(admin_port=port)), f"admin port {port}")
    assert finding.state == "failed"
    assert f"(process {os.getpid()}, " in finding.found
    assert "DYNINT_ADMIN_PORT" in finding.do
    assert the(check_admin_port(case(admin_port=port)), f"admin port {port}").state == "ok"
    for port in (0, 18_099):
        elsewhere = case(admin_host="192.0.2.1", admin_port=port)
        finding = the(check_admin_port(elsewhere), f"admin port {port}")
        assert finding.state == "failed"
        assert "DYNINT_ADMIN_HOST" in finding.do


def test_a_keys_file_is_read_as_a_gateway_reads_it(releases: Path, tmp_path: Path):
    key, line = make_key("shop")
    file = tmp_path / "keys"
    assert the(check_keys(case(api_keys_file=file)), "api keys").state == "failed"
    file.write_text(f"{line}\n")
    file.chmod(0o600)
    assert [each.state for each in check_keys(case(api_keys_file=file))] == ["ok"]
    file.chmod(0o644)
    assert the(check_keys(case(api_keys_file=file)), "api keys' file").state == "warning"
    with GatewayProcess(releases, "not ready: ", scorer="grpc://127.0.0.1:1", admin_port=0) as one:
        port = admin_url(one).rpartition(":")[2]
        env = {"DYNINT_API_KEYS_FILE": str(file), "DYNINT_ADMIN_PORT": port}
        examined = run_doctor(releases, env=env)
    assert examined.of("api keys' file")["state"] == "warning"
    (found,) = [each for each in examined.result["findings"] if each["check"] == "api keys"]
    assert (found["state"], found["figures"]) == ("ok", {"keys": 1})
    assert "a DynInt gateway is there already" in examined.of(f"admin port {port}")["found"]
    file.write_text(f"{line}\nother:{key}\n")
    finding = the(check_keys(case(api_keys_file=file)), "api keys")
    assert finding.state == "failed"
    assert f"{file}:2: the hash must be 64 digits" in finding.found
    assert key not in finding.found


def test_a_gateway_that_is_behind_the_pointer(
    releases: Path, model_server: ModelServer, tmp_path: Path
):
    with GatewayProcess(releases, scorer=f"grpc://{model_server.target}") as gateway:
        other = tmp_path / "other"
        (other / "dynint").mkdir(parents=True)
        write_pointer(other / "dynint", Pointer("2"))
        looked = case(other, gateway.url, pointer_poll_ms=10)
        looked.pointer = Pointer("2")
        findings = list(check_gateway(looked))
        assert the(findings, "readyz").state == "ok"
        finding = the(findings, "gateway's version")
        assert finding.found == "1; the pointer says 2"
        assert "release_refused" in finding.do
        looked.pointer = Pointer("1")
        assert the(check_gateway(looked), "gateway's version").state == "ok"
        of_another = case(other, gateway.url, model_name="sums")
        assert the(check_gateway(of_another), "healthz").state == "failed"


def test_a_gateway_that_is_not_ready(releases: Path):
    with GatewayProcess(releases, "not ready: ", scorer="grpc://127.0.0.1:1") as gateway:
        examined = run_doctor(releases, "--gateway", gateway.url)
    assert examined.code == 1
    assert examined.state("livez") == "ok"
    assert examined.of("readyz")["found"].startswith("503: ")


def test_a_gateway_that_asks_for_keys_is_not_looked_for_elsewhere(releases: Path, tmp_path: Path):
    file = tmp_path / "keys"
    file.write_text(f"{make_key('shop')[1]}\n")
    keys = {"scorer": "grpc://127.0.0.1:1", "api_keys_file": file}
    with GatewayProcess(releases, "not ready: ", **keys) as gateway:
        findings = list(check_gateway(case(releases, gateway.url)))
        for check in ("healthz", "metrics"):
            finding = the(findings, check)
            assert "401: it asks for an API key" in finding.found
            assert finding.do.startswith("Set DYNINT_ADMIN_PORT, where no key is asked for")
    with GatewayProcess(releases, "not ready: ", **keys, admin_port=0) as gateway:
        port = int(admin_url(gateway).rpartition(":")[2])
        findings = list(check_gateway(case(releases, gateway.url, admin_port=port)))
        for check in ("healthz", "metrics"):
            finding = the(findings, check)
            assert "404: it is not at this port" in finding.found
            assert f"Give --gateway the address of its admin port ({port})" in finding.do
        findings = list(check_gateway(case(releases, admin_url(gateway), admin_port=port)))
        assert the(findings, "metrics").state == "ok"


def test_no_gateway_and_one_that_never_answers():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        assert the(check_gateway(case(gateway=url)), "livez").state == "failed"
        assert time.monotonic() - began < 30
    assert the(check_gateway(case(gateway=url)), "livez").state == "failed"


def test_a_check_that_hangs_is_left_behind_and_one_that_breaks_is_told_of():
    held = threading.Event()

    def hangs(case: Case) -> Iterable[Finding]:
        yield ok("first", "seen")
        held.wait(60)

    def breaks(case: Case) -> Iterable[Finding]:
        raise ZeroDivisionError("by hand")

    told: list[Finding] = []
    checks = {"hangs": hangs, "breaks": breaks, "well": lambda case: [ok("well", "yes")]}
    found = examine(case(), checks, 0.5, told.append)
    held.set()
    assert [(each.check, each.state) for each in found] == [
        *(("first", "ok"), ("hangs", "failed"), ("breaks", "failed"), ("well", "ok"))
    ]
    assert told == found
    assert "no result within 0.5 s" in found[1].found
    assert "ZeroDivisionError: by hand" in found[2].found
