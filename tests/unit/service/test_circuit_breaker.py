from service.tiers.circuit_breaker import CircuitBreaker


def test_it_opens_after_failures_in_a_row_and_tells_so_once():
    breaker = CircuitBreaker(3)
    assert [breaker.failure() for _ in range(4)] == [False, False, True, False]
    assert breaker.is_open


def test_an_answer_in_between_starts_the_count_again():
    breaker = CircuitBreaker(2)
    breaker.failure()
    breaker.success()
    breaker.failure()
    assert not breaker.is_open


def test_an_answer_closes_it():
    breaker = CircuitBreaker(1)
    breaker.failure()
    breaker.success()
    assert not breaker.is_open
