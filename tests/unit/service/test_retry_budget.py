from service.scorers.remote_retry_budget import RetryBudget


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def spent(budget: RetryBudget) -> int:
    count = 0
    while budget.spend():
        count += 1
    return count


def test_the_bucket_starts_full_and_ends():
    assert spent(RetryBudget(most=7, clock=Clock())) == 7


def test_a_tenth_of_the_requests_may_be_retried():
    budget = RetryBudget(share=0.1, per_second=0, clock=Clock())
    spent(budget)
    for _ in range(501):
        budget.earn()
    assert spent(budget) == 50


def test_a_few_a_second_may_be_retried_whatever_the_requests():
    clock = Clock()
    budget = RetryBudget(per_second=10, clock=clock)
    spent(budget)
    clock.now_s += 2.0
    assert spent(budget) == 20


def test_nothing_is_saved_beyond_the_bucket():
    clock = Clock()
    budget = RetryBudget(most=5, clock=clock)
    clock.now_s += 1000.0
    for _ in range(1000):
        budget.earn()
    assert spent(budget) == 5
