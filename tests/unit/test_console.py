import errno
import os

import pytest
import typer

from model.console import exit_codes
from model.errors import CheckFailedError, InvalidInputError


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (InvalidInputError("rows: must be 1"), 2, "error: rows: must be 1"),
        (CheckFailedError("no"), 1, "error: no"),
        (
            FileNotFoundError(errno.ENOENT, "No such file", "a/b"),
            2,
            "error: no such file or folder: a/b",
        ),
        (
            PermissionError(errno.EACCES, os.strerror(errno.EACCES), "runs/x"),
            2,
            "error: runs/x: Permission denied",
        ),
        (
            OSError(errno.EROFS, os.strerror(errno.EROFS), "runs/x"),
            2,
            "error: runs/x: Read-only file system",
        ),
        (
            OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
            2,
            "error: No space left on device",
        ),
        (
            OSError("40 requested and 0 written"),
            2,
            "error: No space left on device, it seems (40 requested and 0 written)",
        ),
        (OSError("something else"), 2, "error: something else"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_an_error_is_one_line_and_its_exit_code(
    capsys: pytest.CaptureFixture[str], error: BaseException, code: int, text: str
):
    with pytest.raises(typer.Exit) as ended, exit_codes():
        raise error
    assert ended.value.exit_code == code
    assert capsys.readouterr().err == f"{text}\n"


def test_a_mistake_of_this_project_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError), exit_codes():
        raise ZeroDivisionError
