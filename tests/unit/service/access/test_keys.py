import hashlib
import re
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from model.errors import InvalidInputError
from service.access.api_key import digest_of, new_key
from service.access.guard import Guard
from service.access.key_ring import MOST_BYTES, KeyRing
from service.access.metrics import AccessMetrics
from service.access.rate import Rate
from service.errors import NoKeyError, RateLimitError, UnknownKeyError

PATH = Path("keys")
KEY, OTHER = "dynint_key-of-the-shop", "dynint_key-of-another"


def line(name: str, key: str = KEY, limits: str = "") -> str:
    return f"{name}:{hashlib.sha256(key.encode()).hexdigest()}{limits}"


def ring(*lines: str) -> KeyRing:
    return KeyRing.from_bytes("\n".join(lines).encode(), PATH)


def test_keys_are_random_and_pass_through_headers_and_shells_as_they_are():
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(re.fullmatch(r"dynint_[A-Za-z0-9_-]{43}", key) for key in keys)


def test_a_key_is_found_by_its_hash_and_nothing_near_it_is():
    keys = ring("# the shop's", "", line("shop"), f"  {line('ads', OTHER)}  ")
    assert len(keys) == 2
    found = keys.find(KEY.encode())
    assert found is not None
    assert found.name == "shop"
    near = [b"", KEY[:-1].encode(), KEY.encode() + b" ", KEY.upper().encode()]
    near += [digest_of(KEY.encode()), digest_of(KEY.encode()).hex().encode()]  # no pass-the-hash
    assert [keys.find(each) for each in near] == [None] * len(near)


def test_what_is_kept_of_a_key_does_not_show_it():
    assert KEY not in repr(vars(ring(line("shop"))))


def test_limits_of_a_line():
    keys = ring(line("a", "1", ":requests=50,burst=100,rows=2000.5"), line("b", "2", ":rows=none"))
    assert keys.limits() == {
        "a": {"requests": 50.0, "burst": 100.0, "rows": 2000.5},
        "b": {"rows": None},
    }


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        ("", "must have a key at least"),
        ("# none yet\n", "must have a key at least"),
        ("\xff", "must be text in UTF-8"),
        (f"shop:{KEY}", "the hash must be 64 digits"),
        (line("shop").upper(), "the hash must be 64 digits"),
        (line("shop")[:-1], "the hash must be 64 digits"),
        (KEY, "the hash must be 64 digits"),
        (line(""), "the name must be at most 64"),
        (line("a b"), "the name must be at most 64"),
        (line("x" * 65), "the name must be at most 64"),
        (line("a", limits=":"), "limits must be"),
        (line("a", limits=":requests=0"), "limits must be"),
        (line("a", limits=":requests=-1"), "limits must be"),
        (line("a", limits=":requests=1,requests=2"), "limits must be"),
        (line("a", limits=":requests=nan"), "limits must be"),
        (line("a", limits=":burst=none"), "limits must be"),
        (line("a", limits=":burst=1.5"), "limits must be"),
        (line("a", limits=":speed=1"), "limits must be"),
        (line("a", limits=":rows=1,"), "limits must be"),
        (f"{line('a')}\n{line('b')}", "keys:2: must be another key"),
        (f"{line('a')}\n{line('a', OTHER, ':rows=1')}", "keys:2: must have the limits"),
        ("#" * (MOST_BYTES + 1), "must have at most 1,048,576 bytes"),
    ],
)
def test_a_file_that_breaks_a_rule_is_refused_without_repeating_it(content: str, rule: str):
    with pytest.raises(InvalidInputError, match=rule) as caught:
        KeyRing.from_bytes(content.encode("latin-1"), PATH)
    assert KEY not in str(caught.value)


class World:
    """A guard with a clock that the test moves."""

    def __init__(self, rate: Rate | None = None, *lines: str) -> None:
        self.now_s = 0.0
        self.registry = CollectorRegistry()
        self.guard = Guard(AccessMetrics(self.registry), rate or Rate(), lambda: self.now_s)
        if lines:
            self.guard.use(ring(*lines))

    def ask(self, *headers: tuple[bytes, bytes], host: str = "10.0.0.1") -> str:
        return self.guard.admit({"headers": [*headers], "client": (host, 1)})[0]

    def key(self, key: str = KEY) -> str:
        return self.ask((b"x-api-key", key.encode()))

    def count(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(f"dynint_{name}_total", labels) or 0.0


def test_without_keys_and_limits_everybody_is_let_in():
    world = World()
    assert [world.ask() for _ in range(100)] == [""] * 100


@pytest.mark.parametrize(
    "header",
    [
        (b"x-api-key", KEY.encode()),
        (b"authorization", b"Bearer " + KEY.encode()),
        (b"authorization", b"bearer   " + KEY.encode()),
        (b"authorization", b"Bearer " + KEY.encode() + b" \t"),
        (b"x-api-key", b"\t " + KEY.encode() + b"  "),
    ],
)
def test_a_key_names_its_caller(header: tuple[bytes, bytes]):
    world = World(None, line("shop"), line("ads", OTHER))
    assert world.ask((b"host", b"x"), header) == "shop"
    assert world.ask((b"authorization", b"Basic eDp5"), (b"x-api-key", OTHER.encode())) == "ads"
    assert world.count("caller_requests", caller="shop", outcome="admitted") == 1


@pytest.mark.parametrize(
    "headers",
    [
        (),
        ((b"authorization", b"Basic eDp5"),),
        ((b"authorization", b"Bearer "),),
        ((b"x-api-key", b" \t"),),
    ],
)
def test_no_key_is_401_and_counted(headers: tuple[tuple[bytes, bytes], ...]):
    world = World(None, line("shop"))
    with pytest.raises(NoKeyError):
        world.ask(*headers)
    assert world.count("refused_keys", reason="no_key") == 1


def test_an_unknown_key_is_403_and_not_repeated():
    world = World(None, line("shop"))
    with pytest.raises(UnknownKeyError) as caught:
        world.key(OTHER)
    assert OTHER not in str(caught.value)
    assert world.count("refused_keys", reason="unknown_key") == 1


def test_a_withdrawn_key_is_refused_and_the_callers_other_one_goes_on():
    world = World(None, line("shop"), line("shop", OTHER))
    assert (world.key(), world.key(OTHER)) == ("shop", "shop")
    world.guard.use(ring(line("shop", OTHER)))
    with pytest.raises(UnknownKeyError):
        world.key()
    assert world.key(OTHER) == "shop"


def test_keys_of_one_caller_share_its_limit_and_others_have_their_own():
    world = World(Rate(requests=2), line("shop"), line("shop", OTHER), line("ads", "third"))
    assert (world.key(), world.key(OTHER)) == ("shop", "shop")
    with pytest.raises(RateLimitError):
        world.key()
    assert world.key("third") == "ads"
    assert world.count("caller_requests", caller="shop", outcome="limited") == 1
    assert world.count("limited_requests", limit="requests") == 1
    world.now_s = 0.5
    assert world.key() == "shop"


@pytest.mark.parametrize("limits", ["", ":requests=3", ":rows=100", ":requests=3,burst=9"])
def test_a_new_file_gives_nobody_a_new_burst(limits: str):
    world = World(Rate(requests=1), line("shop"))
    world.key()
    world.guard.use(ring(line("shop", limits=limits), line("ads", OTHER)))
    with pytest.raises(RateLimitError):
        world.key()


def test_a_new_limit_holds_from_then_on():
    world = World(Rate(requests=1), line("shop", limits=":requests=9"))
    world.guard.use(ring(line("shop", limits=":requests=2")))
    assert [world.key() for _ in range(2)] == ["shop"] * 2  # no more than that is left of nine
    with pytest.raises(RateLimitError):
        world.key()
    world.guard.use(ring(line("shop", limits=":requests=none")))
    assert [world.key() for _ in range(9)] == ["shop"] * 9


def test_figures_of_a_caller_go_with_its_last_key():
    world = World(None, line("shop"), line("ads", OTHER))
    world.key()
    world.key(OTHER)
    world.guard.use(ring(line("ads", OTHER)))
    assert world.registry.get_sample_value("dynint_api_keys") == 1
    assert world.count("caller_requests", caller="shop", outcome="admitted") == 0
    assert world.count("caller_requests", caller="ads", outcome="admitted") == 1


def test_without_keys_a_limit_is_of_the_clients_address():
    world = World(Rate(requests=1))
    assert world.ask(host="10.0.0.1") == ""
    assert world.ask(host="10.0.0.2") == ""
    with pytest.raises(RateLimitError):
        world.ask(host="10.0.0.1")
    assert world.count("limited_requests", limit="requests") == 1
