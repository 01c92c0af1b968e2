import grpc
import pytest

from service.deadline import Deadline
from service.errors import (
    DeadlineError,
    OverloadedError,
    ScorerRefusedError,
    ScorerUnavailableError,
    VersionGoneError,
)
from service.request_id import request_id_of
from service.scorers.remote_errors import as_service_error
from service.stage_clock import StageClock


def test_stages_account_for_the_whole():
    clock = StageClock()
    for stage in ("parse", "l1", "parse", "score"):
        clock.lap(stage)
    assert sum(clock.nanoseconds.values()) == clock.total_ns
    assert clock.server_timing().startswith(b"parse;dur=")
    assert b", total;dur=" in clock.server_timing()
    assert b"redis" not in clock.server_timing()


def test_a_deadline_passes():
    Deadline.after_ms(60_000).check("work")
    with pytest.raises(DeadlineError, match="work: must start"):
        Deadline.after_ms(-1).check("work")


@pytest.mark.parametrize("plain", [b"a", b"0f8fad5b-d9cb-469f-a165-70867728950e", b"x" * 128])
def test_a_plain_request_id_is_kept(plain: bytes):
    assert request_id_of(plain) == plain.decode()


@pytest.mark.parametrize("odd", [None, b"", b"x" * 129, b"a b", b"a\nb", b"\xff", b"{}"])
def test_any_other_is_replaced(odd: bytes | None):
    assert len(request_id_of(odd)) == 32
    assert request_id_of(odd) != request_id_of(odd)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (grpc.StatusCode.NOT_FOUND, VersionGoneError),
        (grpc.StatusCode.UNAVAILABLE, ScorerUnavailableError),
        (grpc.StatusCode.DEADLINE_EXCEEDED, DeadlineError),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, OverloadedError),
        (grpc.StatusCode.INVALID_ARGUMENT, ScorerRefusedError),
        (grpc.StatusCode.INTERNAL, ScorerRefusedError),
    ],
)
def test_a_model_servers_refusal_is_translated_and_its_words_kept_for_the_log(
    code: grpc.StatusCode, expected: type[Exception]
):
    metadata = grpc.aio.Metadata()
    error = as_service_error(grpc.aio.AioRpcError(code, metadata, metadata, "at 10.0.0.1"), "a:1")
    assert type(error) is expected
    assert "10.0.0.1" not in str(error)
    assert error.__notes__ == [f"{code.name}: at 10.0.0.1", "from a:1"]
