import time

import pytest

from service.quiet import Quiet
from service.sampler import Sampler


@pytest.mark.parametrize("form", ["{:032x}", "request-{}", "{}"])
def test_a_share_of_the_ids_is_taken_however_they_are_made(form: str):
    sampler = Sampler(0.1)
    taken = sum(sampler.takes(form.format(number)) for number in range(20_000))
    assert 1_800 < taken < 2_200


def test_what_a_small_sample_takes_a_larger_one_takes_too():
    small, large = Sampler(0.01), Sampler(0.2)
    ids = [f"id-{number}" for number in range(5_000)]
    assert {each for each in ids if small.takes(each)} < {each for each in ids if large.takes(each)}


def test_another_service_can_reckon_it():
    # CRC-32 of "123456789" is 0xCBF43926, 0.7967 of 2^32.
    assert Sampler(0.797).takes("123456789")
    assert not Sampler(0.796).takes("123456789")


def test_none_and_all():
    ids = [str(number) for number in range(1_000)]
    assert not any(map(Sampler(0.0).takes, ids))
    assert all(map(Sampler(1.0).takes, ids))


def test_repeated_messages_are_left_out_and_counted_by_kind():
    quiet = Quiet(2)
    told = [quiet.admit("a") for _ in range(5)]
    assert told == [0, 0, None, None, None]
    assert quiet.admit("b") == 0
    time.sleep(1.01)
    assert quiet.admit("a") == 3
    assert quiet.admit("a") == 0
