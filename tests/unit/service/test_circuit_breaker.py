from service.tiers.circuit_breaker import CircuitBreaker


def test_it_opens_after_failures_in_a_row():
    breaker = CircuitBreaker(3)
    states = []
    for _ in range(4):
        breaker.failure("timeout")
        states.append(breaker.is_open)
    assert states == [False, False, True, True]


def test_an_answer_in_between_starts_the_count_again():
    breaker = CircuitBreaker(2)
    breaker.failure("timeout")
    breaker.success()
    breaker.failure("timeout")
    assert not breaker.is_open


def test_an_answer_closes_it():
    breaker = CircuitBreaker(1)
    breaker.failure("timeout")
    breaker.success()
    assert not breaker.is_open
