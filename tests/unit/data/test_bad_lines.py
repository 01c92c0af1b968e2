import pytest

from model.errors import InvalidInputError
from training.datasets import BadLine
from training.prepare.bad_lines import BadLines


def bad(line: int, kind: str = "label") -> BadLine:
    return BadLine("a.txt", line, "is wrong", kind)


def test_counts_up_to_the_limit_and_stops_at_the_first_beyond():
    lines = BadLines(2)
    lines.add([bad(1), bad(5, "column count")])
    assert (lines.total, dict(lines.kinds)) == (2, {"label": 1, "column count": 1})
    with pytest.raises(InvalidInputError, match=r"^a\.txt:9: is wrong .*3 of at most 2.*a\.txt:1:"):
        lines.add([bad(9), bad(10)])


def test_none_are_allowed_where_none_are_asked_for():
    with pytest.raises(InvalidInputError, match=r"^a\.txt:4: is wrong \[--max-bad-lines N"):
        BadLines(0).add([bad(4)])


def test_remembers_the_first_ones_only():
    lines = BadLines(1000)
    lines.add(bad(number) for number in range(1, 500))
    assert [entry.line for entry in lines.first] == list(range(1, 21))


def test_refuses_a_negative_limit():
    with pytest.raises(InvalidInputError, match="max-bad-lines: must be 0 or more; received -1"):
        BadLines(-1)
