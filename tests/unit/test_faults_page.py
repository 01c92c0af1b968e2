"""The page of faults names tests that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "faults.md"
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE.read_text())))


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_each_named_test_is_there(file: str, name: str):
    text = (ROOT / file).read_text()
    assert f"def {name}(" in text if name else "def test_" in text


def test_each_fault_has_a_proof():
    rows = re.findall(r"^\| (\d+) \|.*`tests/.*\|$", PAGE.read_text(), re.MULTILINE)
    wanted = [*range(1, 40)]
    assert [int(row) for row in rows if int(row) in wanted] == wanted
