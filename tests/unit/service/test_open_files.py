"""Connections fit into the process's files; asked in processes of their own, whose limit may be lowered."""

import subprocess
import sys

import pytest

_ASK = """
import resource, sys
from service.open_files import allow_connections
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]), int(sys.argv[2])))
print(allow_connections(int(sys.argv[3])), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.parametrize(
    ("soft", "hard", "wanted", "connections", "files"),
    [
        (500, 500, 100, 100, 500),  # they fit
        (200, 500, 100, 100, 228),  # they fit once the limit is raised
        (200, 500, 1000, 372, 500),  # as many as may be
        (64, 64, 1000, 1, 64),  # at least one
    ],
)
def test_the_limit_is_raised_as_far_as_needed_and_allowed(
    soft: int, hard: int, wanted: int, connections: int, files: int
):
    command = [sys.executable, "-c", _ASK, *map(str, (soft, hard, wanted))]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == [str(connections), str(files)]
