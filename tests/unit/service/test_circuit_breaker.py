from structlog.testing import capture_logs

from service.tiers.circuit_breaker import CircuitBreaker

LATE = TimeoutError("late")


def test_it_opens_after_failures_in_a_row():
    breaker = CircuitBreaker(3)
    states = []
    for _ in range(4):
        breaker.failure("timeout", LATE)
        states.append(breaker.is_open)
    assert states == [False, False, True, True]


def test_an_answer_in_between_starts_the_count_again():
    breaker = CircuitBreaker(2)
    breaker.failure("timeout", LATE)
    breaker.success()
    breaker.failure("timeout", LATE)
    assert not breaker.is_open


def test_an_answer_closes_it():
    breaker = CircuitBreaker(1)
    breaker.failure("timeout", LATE)
    breaker.success()
    assert not breaker.is_open


def test_the_log_says_what_happened_last_and_not_all_of_it():
    breaker = CircuitBreaker(2, "here:1")
    with capture_logs() as lines:
        breaker.failure("timeout", LATE)
        breaker.failure("error", ConnectionRefusedError("x" * 10_000))
        breaker.failure("timeout", LATE)
    (line,) = lines
    assert line["event"] == "redis_left_alone"
    assert (line["server"], line["failures"], line["reason"]) == ("here:1", 2, "error")
    assert line["error"] == "ConnectionRefusedError"
    assert line["text"] == "x" * 200
