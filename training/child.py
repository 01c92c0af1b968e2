"""This project's own commands as processes of their own."""

import os
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from model.parent import FOLLOWS

_LAST_LINES = 5


class Ended(NamedTuple):
    """How a command ended.

    Attributes:
        code: its exit code; negative, the signal that killed it.
        output: its standard output.
        error: what it gave as its error, or said last; empty if it said nothing.
    """

    code: int
    output: str
    error: str


def run_child(arguments: Sequence[str], told: Callable[[str], None]) -> Ended:
    """Run ``dynint ARGUMENTS`` to its end; it ends with this process, however that ends.

    Args:
        arguments: a verb and its own.
        told: given each line of its standard error.
    """
    last: deque[str] = deque(maxlen=_LAST_LINES)
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        child = subprocess.Popen(  # noqa: S603  (this Python and this project's own verb)
            [sys.executable, "-m", "dynint", *arguments],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, FOLLOWS: "1"},
        )
        try:
            for line in child.stderr or ():
                text = line.rstrip()
                if text:
                    last.append(text)
                told(text)
            code = child.wait()
        except BaseException:
            child.terminate()  # each of them can be gone on with
            child.wait()
            raise
        finally:
            for stream in (child.stdin, child.stderr):
                if stream is not None:
                    stream.close()
        output.seek(0)
        errors = [line for line in last if line.startswith("error:")] or list(last)
        return Ended(code, output.read(), errors[-1].removeprefix("error: ") if errors else "")
