import pytest

from service.slots import Slots


def test_without_threads_nothing_needs_one():
    slots = Slots()
    slots.learn(1000, 1)
    assert not slots.needs_one(10**9)
    assert slots.room > 0


def test_a_request_is_told_by_its_size_once_rows_are_known():
    slots = Slots(3, least_rows=21)
    assert not slots.needs_one(10**9)  # nothing was parsed yet
    slots.learn(50_000, 100)
    assert slots.needs_one(21 * 500)
    assert not slots.needs_one(21 * 500 - 1)
    for _ in range(40):
        slots.learn(100_000, 100)
    assert not slots.needs_one(21 * 900)
    assert slots.needs_one(21 * 1000)


def test_a_request_without_rows_tells_nothing_wrong():
    slots = Slots(3, least_rows=21)
    slots.learn(20, 0)
    assert slots.needs_one(21 * 20)


def test_room_is_told_of_once_when_there_is_some_again():
    told = []
    slots = Slots(2)
    slots.on_room = lambda: told.append(slots.room)
    for _ in range(3):
        slots.take()
    assert slots.room == 0
    for _ in range(3):
        slots.give(0.5)
    assert told == [1]
    assert slots.room == 2
    assert slots.call_s == pytest.approx(0.5 * (1 - 0.8**3))
