"""The targets on their seeds, on what was found, and on some thousand changes of them; and that they notice."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from service.parsing.parts import Parts
from service.parsing.typed_reader import TypedReader
from tests.fuzz.body_target import BodyTarget
from tests.fuzz.head_target import HeadTarget
from tests.fuzz.parser_target import FuzzError, ParserTarget, check_problem
from tests.fuzz.targets import TARGETS, Target
from tests.fuzz.telling_release import make_release
from tests.fuzz.tree_mutator import mutate

CORPUS = Path(__file__).parent / "corpus"
SEEDS = sorted(path.relative_to(CORPUS).as_posix() for path in CORPUS.glob("*/*"))
STATUSES = {
    "parser": {200, 400, 422},
    "head": {0, 503},
    "body": {200, 413, 415},
}


@pytest.fixture(scope="module", params=sorted(TARGETS))
def named(request: pytest.FixtureRequest) -> Iterator[tuple[str, Target]]:
    target = TARGETS[request.param]()
    yield request.param, target
    target.close()


@pytest.fixture
def parser() -> Iterator[ParserTarget]:
    target = ParserTarget()
    yield target
    target.close()


def seeds_of(name: str) -> list[bytes]:
    return [(CORPUS / seed).read_bytes() for seed in SEEDS if seed.startswith(f"{name}/")]


def test_everything_holds_for_the_seeds_and_they_reach_every_outcome(named: tuple[str, Target]):
    name, target = named
    assert {target(seed) for seed in seeds_of(name)} == STATUSES[name]


def test_everything_holds_for_bytes_changed_at_random(named: tuple[str, Target]):
    name, target = named
    random = Random(7)
    seeds = seeds_of(name)
    for _ in range(1000):
        data = bytearray(random.choice(seeds))
        for _ in range(random.randint(1, 4)):
            at = random.randrange(len(data) + 1)
            data[at : at + random.choice([0, 0, 1, 3])] = random.randbytes(random.randint(0, 2))
        assert target(bytes(data)) in STATUSES[name]


def test_everything_holds_for_bodies_changed_as_trees(parser: ParserTarget):
    bodies = [seed for seed in seeds_of("parser") if len(seed) < 400]
    seen: set[int] = set()
    for seed in range(1500):
        place = seed % len(bodies)
        changed = mutate(bodies[place], seed)
        if changed is not None and len(changed) < 2000:
            seen.add(parser(changed))
            bodies[place] = changed if seed % 5 else bodies[place]
    assert seen == {200, 400, 422}


class Deaf(TypedReader):
    """A fast reader that reads the same from all bodies."""

    def read(self, body: bytes, known: frozenset[str], max_rows: int) -> Parts:
        """Read one row."""
        return Parts.whole([(1,), ("a",), (None,), (None,), (None,)])


@pytest.mark.parametrize(
    ("body", "match"),
    [
        (b'{"instances": [{"price": 1, "user": "b"}]}', "other levels"),
        (b'{"instances": [{"price": true}]}', "two answers"),
    ],
)
def test_a_fast_way_that_reads_otherwise_is_noticed(body: bytes, match: str):
    target = ParserTarget(make_release(Deaf))
    with pytest.raises(FuzzError, match=match):
        target(body)
    target.close()


def test_time_that_grows_faster_than_the_body_is_noticed():
    target = ParserTarget(cpu_s=0.0, cpu_s_per_byte=0.0)
    with pytest.raises(FuzzError, match="CPU time"):
        target(b'{"instances": [{}]}')
    target.close()


@pytest.mark.parametrize(
    ("answer", "match"),
    [
        (b'{"status": 400, "detail": "' + b"x" * 4096 + b'"}', "4125 bytes"),
        (b'{"status": 422, "errors": []}', "no place"),
        (b'{"status": 400, "detail": "<script>alert(1)</script>"}', "an echo"),
        (
            b'{"status": 422, "errors": [{"pointer": "#/<b>", "field": "", "rule": "", "received": ""}]}',
            "too much",
        ),
    ],
)
def test_a_refusal_that_tells_too_much_is_noticed(answer: bytes, match: str):
    with pytest.raises(FuzzError, match=match):
        check_problem(answer, b'{"instances": "<script>alert(1)</script>"}')


def test_a_head_that_two_read_otherwise_is_noticed():
    target = HeadTarget(lambda _: (b"HTTP/1.1 503 ", 3))
    with pytest.raises(FuzzError, match="refused"):
        target(b"POST /predict HTTP/1.1\r\ncontent-length: 2\r\n\r\n")
    target.close()


def test_a_body_that_is_cut_is_noticed():
    async def cut(*_: object) -> bytes:
        return b"{"

    target = BodyTarget(cut)
    with pytest.raises(FuzzError, match="taken as"):
        target(b"\n\n\n{}")
    target.close()


def test_what_is_declared_is_not_told():
    """Words of ours in the body are no echo; words of the body in a detail are one."""
    data = b"application/xml\n\n\n{application/json; received"
    target = BodyTarget()
    assert target(data) == 415
    target._standing = set()
    with pytest.raises(FuzzError, match="an echo"):
        target(data)
    target.close()
