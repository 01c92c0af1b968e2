"""What every command shares: progress on standard error, one JSON object on standard output, exit codes.

Standard output carries results only; with ``--json`` its last line is one object. Progress is a bar on a
terminal and plain lines elsewhere.
"""

import json
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from model.errors import DynIntError
from model.os_errors import in_words

PLAIN_SECONDS = 5.0
"""Least time between two plain progress lines."""


def say(text: str) -> None:
    """Tell the user something on standard error (progress, what was written, what to do next)."""
    print(text, file=sys.stderr, flush=True)


def emit(result: Mapping[str, Any], as_json: bool, text: str) -> None:
    """Print a command's result: ``text`` for people, or ``result`` as one line of JSON.

    Raises:
        ValueError: if ``result`` holds NaN or infinity, which JSON has no words for.
    """
    print(json.dumps(result, allow_nan=False) if as_json else text, flush=True)


@contextmanager
def exit_codes() -> Iterator[None]:
    """Turn this project's errors into one line on standard error and their exit code (1 or 2).

    So are those of the system (a full disk, a folder that cannot be written): exit code 2.

    Raises:
        typer.Exit: with the code.
    """
    try:
        yield
    except DynIntError as error:
        say(f"error: {error}")
        raise typer.Exit(error.exit_code) from error
    except FileNotFoundError as error:
        say(f"error: no such file or folder: {error.filename or error}")
        raise typer.Exit(2) from error
    except OSError as error:
        where = f"{error.filename}: " if error.filename is not None else ""
        say(f"error: {where}{in_words(error)}")
        raise typer.Exit(2) from error
    except KeyboardInterrupt:
        say("interrupted")
        raise typer.Exit(130) from None


@contextmanager
def tidied_up() -> Iterator[None]:
    """Let SIGTERM end a command as Ctrl-C does: what it has begun to write goes.

    For commands that would leave much behind and have no end of their own to wait for.
    """

    def end(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let neither Ctrl-C nor SIGTERM cut off what is short and must be done to its end."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def progress(label: str, total: int | None, unit: str = "") -> Iterator[Callable[..., None]]:
    """Show progress with an ETA; yields ``advance(done, note="")``, where ``done`` counts from 0 to ``total``.

    Args:
        label: what is going on, in a few words.
        total: how much there is, or ``None`` if unknown.
        unit: what is counted, plural ("rows", "steps").
    """
    if sys.stderr.isatty():
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn(unit),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
        )
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task(label, total=total, note="")

            def show(done: int, note: str = "") -> None:
                bar.update(task, completed=done, note=note)

            yield show
        return

    start = time.monotonic()
    last = start

    def line(done: int, note: str = "") -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < PLAIN_SECONDS and done != total:
            return
        last = now
        of = f"/{total:,}" if total else ""
        eta = f", {(now - start) / done * (total - done):.0f} s left" if total and done else ""
        say(f"{label}: {done:,}{of} {unit}{eta}{f', {note}' if note else ''}")

    yield line
