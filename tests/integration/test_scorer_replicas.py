"""Several model servers: who takes traffic, who does not, and who does again."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest

from tests.integration.processes import wait_until
from tests.integration.remotely_scored import RECOVERY_S, ask, scored_by, scored_by_two
from tests.integration.scripted_server import Scripted
from tests.integration.toxic_proxy import ToxicProxy
from tests.integration.toxics import Timeout

pytestmark = pytest.mark.slow


def test_a_replica_that_swallows_everything_is_left_alone(module_releases: Path):
    with (
        Scripted() as one,
        Scripted() as two,
        ToxicProxy(two.target) as proxy,
        scored_by(module_releases, one.target, proxy.target) as gateway,
    ):
        wait_until(lambda: one.count("logit") and two.count("logit"))
        with proxy.toxic(Timeout(), "upstream"):
            answers = [ask(gateway).status_code for _ in range(30)]
            assert answers.count(200) >= 27
            assert set(answers) <= {200, 504}
            assert set(answers[-10:]) == {200}
            assert gateway.is_ready()
        before = two.count("probability")
        wait_until(lambda: ask(gateway) and two.count("probability") > before, RECOVERY_S)


def test_a_version_that_one_of_two_lacks_is_asked_of_the_other(module_releases: Path):
    with scored_by_two(module_releases) as (_, two, gateway):
        two.served, two.fail = False, grpc.StatusCode.NOT_FOUND
        assert [ask(gateway).status_code for _ in range(30)] == [200] * 30
        assert two.count("probability") <= 1
        assert gateway.is_ready()


def test_a_replica_that_dies_under_load_and_comes_back_fails_no_request(module_releases: Path):
    with (
        Scripted() as one,
        Scripted() as two,
        ToxicProxy(one.target) as proxy,
        scored_by(module_releases, proxy.target, two.target) as gateway,
        ThreadPoolExecutor(4) as pool,
    ):
        wait_until(lambda: one.count("logit") and two.count("logit"))
        one.delay_s = two.delay_s = 0.01  # so that there are requests in flight
        for _ in range(3):
            calls = [pool.submit(ask, gateway) for _ in range(60)]
            wait_until(lambda calls=calls: sum(call.done() for call in calls) > 20)
            with proxy.down():
                assert {call.result().status_code for call in calls} == {200}
                assert gateway.is_ready()
            before = one.count("probability")
            wait_until(
                lambda before=before: ask(gateway) and one.count("probability") > before,
                RECOVERY_S,
            )
        assert gateway.metric("dynint_scorer_retries_total", outcome="no_budget") == 0


def test_a_replica_that_scores_wrong_never_takes_traffic(module_releases: Path):
    with Scripted() as one, Scripted() as two:
        two.scale = 1.01
        with scored_by(module_releases, one.target, two.target) as gateway:
            wait_until(lambda: two.count("logit"))
            for _ in range(20):
                gateway.predict([{"C4": "level1"}])
            assert two.count("probability") == 0
            two.scale = 1.0
            wait_until(lambda: ask(gateway) and two.count("probability") > 0, RECOVERY_S)


def test_it_is_told_which_servers_are_used(module_releases: Path):
    def used(server: Scripted) -> float:
        return gateway.metric("dynint_model_server_used", server=server.target)

    with scored_by_two(module_releases) as (one, two, gateway):
        wait_until(lambda: used(one) and used(two))
        two.served, two.fail = False, grpc.StatusCode.NOT_FOUND
        wait_until(lambda: ask(gateway) and not used(two))
        assert used(one)
        two.served, two.fail = True, None
        wait_until(lambda: ask(gateway) and used(two), RECOVERY_S)


def test_a_dead_target_among_three_keeps_nobody_from_starting(module_releases: Path):
    with (
        Scripted() as one,
        Scripted() as two,
        ToxicProxy(two.target) as dead,
        dead.down(),
        scored_by(module_releases, dead.target, one.target, two.target) as gateway,
    ):
        wait_until(lambda: one.count("logit") and two.count("logit"))
        assert [ask(gateway).status_code for _ in range(40)] == [200] * 40
        assert one.count("probability")
        assert two.count("probability")


def test_the_status_is_asked_twice_a_second_at_most(module_releases: Path):
    with Scripted() as scripted, scored_by(module_releases, scripted.target) as gateway:
        before, start = scripted.statuses, time.monotonic()
        while time.monotonic() < start + 1.5:
            assert gateway.is_ready()
        assert 1 <= scripted.statuses - before <= 2 * (time.monotonic() - start) + 2


def test_a_replica_that_is_up_and_always_late_is_left_alone(module_releases: Path):
    with scored_by_two(module_releases) as (_, two, gateway):
        two.delay_s = 30
        answers = [ask(gateway).status_code for _ in range(60)]
        assert answers.count(504) <= 3
        assert answers.count(200) == 60 - answers.count(504)
        assert gateway.is_ready()
        two.delay_s = 0
        before = two.count("probability")
        wait_until(lambda: ask(gateway) and two.count("probability") > before, 15)


def test_when_all_are_late_none_is_left_alone(module_releases: Path):
    with scored_by_two(module_releases) as (one, two, gateway):
        one.spare_logits = two.spare_logits = True
        one.delay_s = two.delay_s = 30
        assert [ask(gateway).status_code for _ in range(8)] == [504] * 8
        one.delay_s = two.delay_s = 0
        assert ask(gateway).status_code == 200
