"""A scorer that is down, slow, ignorant, full or wrong: faults 11 to 16, as callers see them."""

import asyncio
import gc
import json
import time
from pathlib import Path

import grpc
import numpy as np
import pytest

from model.bundle import Pointer
from model.wire import PredictRequest
from tests.integration.processes import read_reference, wait_until
from tests.integration.remotely_scored import DEADLINE_S, ask, recovers, scored_by, scored_by_two
from tests.integration.scripted_server import Scripted
from tests.integration.toxic_proxy import ToxicProxy
from tests.integration.toxics import (
    Bandwidth,
    BitFlip,
    Latency,
    LimitData,
    ResetPeer,
    Slicer,
    Timeout,
    Toxic,
)


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_11_down_means_503_at_once_and_recovery_in_seconds(module_releases: Path):
    with (
        Scripted() as scripted,
        ToxicProxy(scripted.target) as proxy,
        scored_by(module_releases, proxy.target) as gateway,
    ):
        assert ask(gateway).status_code == 200
        before = scripted.calls
        with proxy.down():
            for _ in range(20):
                response = ask(gateway)
                assert response.status_code == 503
                assert response.headers["retry-after"] == "1"
                assert response.json()["type"] == "urn:dynint:problem:scorer-unavailable"
            wait_until(lambda: not gateway.is_ready())
        assert scripted.calls == before
        recovers(gateway)


@pytest.mark.parametrize("replicas", [1, 2])
def test_11_a_request_is_sent_at_most_twice(module_releases: Path, replicas: int):
    with Scripted() as one, Scripted() as two:
        servers = [one, two][:replicas]
        with scored_by(module_releases, *(server.target for server in servers)) as gateway:
            wait_until(lambda: all(server.count("logit") for server in servers))
            for server in servers:
                server.spare_logits = True
                server.fail = grpc.StatusCode.UNAVAILABLE
            assert ask(gateway).status_code == 503
            assert sum(server.count("probability") for server in servers) == 2
            assert gateway.metric("dynint_scorer_retries_total", outcome="sent") == 1
            for server in servers:
                server.fail = None
            recovers(gateway)


def test_12_slow_means_504_at_the_deadline_without_a_retry(module_releases: Path):
    with scored_by_two(module_releases) as (one, two, gateway):
        one.delay_s = two.delay_s = 30
        start = time.monotonic()
        response = ask(gateway)
        assert response.status_code == 504
        assert time.monotonic() - start > DEADLINE_S * 0.9
        wait_until(lambda: one.cancelled + two.cancelled == 1)
        assert one.count("probability") + two.count("probability") == 1
        one.delay_s = two.delay_s = 0
        assert ask(gateway).status_code == 200


@pytest.mark.parametrize(
    "toxic",
    [
        Latency(20, 10),
        Slicer(7),
        Bandwidth(20_000),
        LimitData(100),
        BitFlip(97),
        ResetPeer(20),
        Timeout(50),
        Timeout(),
    ],
    ids=repr,
)
def test_whatever_the_network_does(module_releases: Path, toxic: Toxic):
    with (
        Scripted() as scripted,
        ToxicProxy(scripted.target) as proxy,
        scored_by(module_releases, proxy.target) as gateway,
    ):
        ask(gateway)
        before = descriptors()
        score = ask(gateway).json()["probabilities"]
        with proxy.toxic(toxic):
            answers = [ask(gateway) for _ in range(6)]
            gateway.client.get("/readyz")
        recovers(gateway)
        if not isinstance(toxic, BitFlip):
            scores = [each.json()["probabilities"] for each in answers if each.status_code == 200]
            assert scores == [score] * len(scores)
        if isinstance(toxic, Latency | Slicer):
            assert [each.status_code for each in answers] == [200] * 6
        wait_until(lambda: descriptors() <= before + 2)


def test_a_connection_that_stands_and_carries_nothing_is_left(module_releases: Path):
    with (
        Scripted() as scripted,
        ToxicProxy(scripted.target) as proxy,
        scored_by(module_releases, proxy.target) as gateway,
    ):
        made = proxy.accepted
        with proxy.toxic(Bandwidth(0.1)):  # what it once holds back comes minutes later
            assert ask(gateway).status_code == 504
        assert proxy.accepted == made
        recovers(gateway)
        assert proxy.accepted == made + 1
        proxy.close_all()  # its own ends, which still hold back what nobody waits for


def test_13_a_model_that_nobody_serves_is_not_ready(module_releases: Path):
    with Scripted() as scripted:
        scripted.served = False
        with scored_by(module_releases, scripted.target, ready=False) as gateway:
            wait_until(lambda: "must serve version 1" in gateway.client.get("/readyz").text)
            assert ask(gateway).status_code == 503
            assert scripted.calls == 0
            scripted.served = True
            recovers(gateway)


def test_14_a_version_unloaded_in_mid_request_is_resolved_once_more(releases: Path):
    rows, probabilities = read_reference(releases)
    pointer = releases / "sums" / ".next"
    pointer.write_text(json.dumps(Pointer("2", "1").to_json()))
    with Scripted() as scripted, scored_by(releases, scripted.target) as gateway:

        async def promote_and_unload(request: PredictRequest) -> None:
            """Answer for version 1 only when version 2 is live."""
            if request.model_spec.version.value == 1:
                # As write_pointer does, but for the disk: it is waited for within the deadline here.
                pointer.replace(releases / "sums" / "current.json")
                async with asyncio.timeout(DEADLINE_S):
                    while gateway.app.components.releases.live.version != "2":
                        await asyncio.sleep(0.005)
                scripted.fail = grpc.StatusCode.NOT_FOUND
            else:
                scripted.fail = None

        scripted.before = promote_and_unload
        answer = gateway.predict(rows[:5])
        assert answer["version"] == "2"
        expected = probabilities["sums"]["2"][:5]
        np.testing.assert_allclose(answer["probabilities"], expected, atol=1e-6)
        assert [output for output, _ in scripted.asked if output == "probability"] == [
            "probability"
        ] * 2


def test_14_a_version_unloaded_without_a_successor_means_503(module_releases: Path):
    with Scripted() as scripted, scored_by(module_releases, scripted.target) as gateway:
        scripted.served = False
        scripted.fail = grpc.StatusCode.NOT_FOUND
        before = scripted.calls
        assert [ask(gateway).status_code for _ in range(5)] == [503] * 5
        assert scripted.calls == before + 1
        wait_until(lambda: not gateway.is_ready())
        scripted.served, scripted.fail = True, None
        recovers(gateway)


def test_15_a_full_scorer_means_503_without_a_retry(module_releases: Path):
    with scored_by_two(module_releases) as (one, two, gateway):
        one.fail = two.fail = grpc.StatusCode.RESOURCE_EXHAUSTED
        response = ask(gateway)
        assert response.status_code == 503
        assert response.json()["type"] == "urn:dynint:problem:overloaded"
        assert one.count("probability") + two.count("probability") == 1
        one.fail = two.fail = None
        assert ask(gateway).status_code == 200


def test_16_a_refused_request_means_500_and_its_id_is_in_the_log(module_releases: Path, capsys):
    with scored_by_two(module_releases) as (one, two, gateway):
        one.fail = two.fail = grpc.StatusCode.INVALID_ARGUMENT
        capsys.readouterr()
        response = ask(gateway)
        assert response.status_code == 500
        assert "10.0.0.1" not in response.text
        assert one.count("probability") + two.count("probability") == 1
        logged = [
            line
            for line in capsys.readouterr().out.splitlines()
            if f"request_id={response.json()['request_id']}" in line
        ]
        assert "INVALID_ARGUMENT: as the test says, at 10.0.0.1" in logged[0]


def test_a_failed_call_is_let_go_of_without_a_collection_of_garbage(module_releases: Path):
    with Scripted() as scripted, scored_by(module_releases, scripted.target) as gateway:
        ask(gateway)
        gc.collect()
        gc.disable()
        try:
            for code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.INTERNAL):
                scripted.fail = code
                assert ask(gateway).status_code >= 500
                scripted.fail = None
                recovers(gateway)
            scripted.delay_s = 30
            assert ask(gateway).status_code == 504
            scripted.delay_s = 0
            recovers(gateway)
            wait_until(
                lambda: not any(isinstance(o, grpc.aio.AioRpcError) for o in gc.get_objects())
            )
        finally:
            gc.enable()
