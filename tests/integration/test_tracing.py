"""Traces by OTLP to a real collector, and W3C Trace Context on the way in and out."""

import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from service.errors import ScorerRefusedError
from service.scorers.sum_scorer import SumScorer
from service.settings import Settings
from tests.integration.otlp_collector import Collector, values
from tests.integration.processes import GatewayProcess, LocalGateway, local_gateway, wait_until
from tests.integration.scripted_server import Scripted

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SAMPLED, UNSAMPLED = f"00-{TRACE}-{PARENT}-01", f"00-{TRACE}-{PARENT}-00"
ROWS = {"instances": [{}] * 20}


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with Collector() as running:
        yield running


@pytest.fixture(scope="module")
def scorer() -> SumScorer:
    return SumScorer()


@pytest.fixture(scope="module")
def gateway(
    module_releases: Path, collector: Collector, scorer: SumScorer
) -> Iterator[LocalGateway]:
    settings = Settings(
        release_root=module_releases,
        model_name="sums",
        tracing_endpoint=collector.endpoint,
        tracing_sample=0.0,
    )
    with local_gateway(settings, scorer) as running:
        yield running


def post(gateway: LocalGateway, request_id: str, **headers: str) -> httpx.Response:
    return gateway.client.post(
        "/predict", json=ROWS, headers={"x-request-id": request_id, **headers}
    )


def test_a_request_is_a_span_and_its_stages_are_spans_below_it(
    gateway: LocalGateway, collector: Collector
):
    before_ns = time.time_ns()
    assert post(gateway, "whole", traceparent=SAMPLED, tracestate="a=b").status_code == 200
    after_ns = time.time_ns()
    wait_until(lambda: collector.has("whole"))
    server, stages = collector.of("whole")
    assert server.trace_id.hex() == TRACE
    assert server.parent_span_id.hex() == PARENT
    assert server.trace_state == "a=b"
    assert server.kind == Span.SPAN_KIND_SERVER
    assert server.name == "POST /predict"
    assert values(server.attributes) == {
        "http.request.method": "POST",
        "http.route": "/predict",
        "http.response.status_code": 200,
        "dynint.request_id": "whole",
        "dynint.model": "sums",
        "dynint.model_version": "1",
        "dynint.rows": 20,
        "dynint.degraded": False,
    }
    names = [span.name for span in stages]
    assert names[:2] == ["queue", "parse"]
    assert names[-3:] == ["score", "respond", "respond"]  # rendering, then sending
    assert before_ns - 10**8 < server.start_time_unix_nano <= stages[0].start_time_unix_nano
    assert stages[-1].end_time_unix_nano <= server.end_time_unix_nano < after_ns + 10**8
    for one, next_one in pairwise(stages):
        assert one.end_time_unix_nano == next_one.start_time_unix_nano
        assert one.trace_id == server.trace_id
    assert len({span.span_id for span in (server, *stages)}) == 1 + len(stages)
    assert collector.resources[0]["service.name"] == "dynint-gateway"


def test_a_failure_is_told_as_one(gateway: LocalGateway, collector: Collector, scorer: SumScorer):
    scorer.opened[1].failure = ScorerRefusedError("scorer: refuses")
    try:
        assert post(gateway, "failed", traceparent=SAMPLED).status_code == 500
    finally:
        scorer.opened[1].failure = None
    wait_until(lambda: collector.has("failed"))
    server, stages = collector.of("failed")
    assert server.status.code == Status.STATUS_CODE_ERROR
    assert values(server.attributes)["http.response.status_code"] == 500
    assert {"queue", "parse"} <= {span.name for span in stages}


@pytest.mark.parametrize(
    "traceparent",
    [
        None,
        UNSAMPLED,
        f"ff-{TRACE}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-01-more",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        SAMPLED.upper(),
        "nonsense",
    ],
)
def test_without_a_valid_decision_to_trace_there_is_no_span(
    gateway: LocalGateway, collector: Collector, traceparent: str | None
):
    headers = {} if traceparent is None else {"traceparent": traceparent}
    name = f"none-{abs(hash(traceparent))}"
    assert post(gateway, name, **headers).status_code == 200
    post(gateway, f"after-{name}", traceparent=SAMPLED)
    wait_until(lambda: collector.has(f"after-{name}"))
    assert not collector.has(name)


def test_a_later_version_of_the_header_is_understood(gateway: LocalGateway, collector: Collector):
    post(gateway, "later", traceparent=f"01-{TRACE}-{PARENT}-01-more")
    wait_until(lambda: collector.has("later"))


def test_a_share_of_the_others_is_traced_and_what_is_left_is_sent_at_the_end(
    module_releases: Path, collector: Collector
):
    settings = Settings(
        release_root=module_releases,
        model_name="sums",
        tracing_endpoint=collector.endpoint,
        tracing_sample=1.0,
    )
    with local_gateway(settings, SumScorer()) as gateway:
        post(gateway, "own")
    assert collector.has("own")  # at once: the end has sent it
    server, _ = collector.of("own")
    assert not server.parent_span_id


def test_the_model_server_is_told_of_the_span(module_releases: Path, collector: Collector):
    with Scripted() as scripted:
        settings = Settings(
            release_root=module_releases,
            model_name="sums",
            scorer=f"grpc://{scripted.target}",
            tracing_endpoint=collector.endpoint,
            tracing_sample=0.0,
        )
        with local_gateway(settings) as gateway:
            post(gateway, "told", traceparent=SAMPLED, tracestate="a=b")
            sampled = scripted.metadata
            post(gateway, "passed-on", traceparent=UNSAMPLED)
            unsampled = scripted.metadata
            post(gateway, "nothing")
            nothing = scripted.metadata
    server, _ = collector.of("told")
    assert sampled["traceparent"] == f"00-{TRACE}-{server.span_id.hex()}-01"
    assert sampled["tracestate"] == "a=b"
    assert unsampled["traceparent"] == UNSAMPLED
    assert not {"traceparent", "tracestate"} & nothing.keys()


def test_a_collector_that_is_away_hurts_nobody(module_releases: Path):
    settings = Settings(
        release_root=module_releases,
        model_name="sums",
        tracing_endpoint="http://127.0.0.1:1",
        tracing_sample=1.0,
    )
    with local_gateway(settings, SumScorer()) as gateway:
        for place in range(20):
            assert post(gateway, f"away{place}").status_code == 200
        assert gateway.is_ready()
    # local_gateway fails if the end takes longer than its patience


SCRIPT = """
import sys
{before}
from service.main import create_app
from service.settings import Settings
try:
    create_app(Settings({settings}))
except Exception as error:
    print(type(error).__name__, error)
print(sorted(name for name in sys.modules if "otlp" in name))
"""


def run(before: str = "", settings: str = "") -> str:
    script = SCRIPT.format(before=before, settings=f"scorer='grpc://a:1', {settings}")
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    ).stdout


def test_nothing_of_it_is_imported_unless_it_is_asked_for():
    assert run() == "[]\n"
    assert "opentelemetry.exporter.otlp" in run(settings="tracing_endpoint='http://a:4317'")


def test_without_the_extra_the_error_says_what_to_install():
    said = run("sys.modules['opentelemetry.sdk'] = None", "tracing_endpoint='http://a:4317'")
    assert said.startswith("InvalidInputError tracing_endpoint: needs OpenTelemetry")
    assert "pip install 'dynint[tracing]'" in said


def test_a_gateway_process_sends_its_spans(module_releases: Path, collector: Collector):
    with (
        Scripted() as scripted,
        GatewayProcess(
            module_releases,
            model_name="sums",
            scorer=f"grpc://{scripted.target}",
            tracing_endpoint=collector.endpoint,
            tracing_sample=1,
        ) as gateway,
    ):
        httpx.post(f"{gateway.url}/predict", json=ROWS, headers={"x-request-id": "process"})
        wait_until(lambda: collector.has("process"))
    assert "score" in {span.name for span in collector.of("process")[1]}
