"""``dynint promote`` that is refused, fails or is interrupted: what it leaves, and what it says."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from model.bundle import Canary, Pointer, promote, read_pointer, write_pointer
from model.bundle.model_dir import model_lock
from model.bundle.serving_config import read_serving_config
from model.commands.cut_short import tell_moved
from tests.integration.processes import free_port, wait_until
from tests.unit.bundle.small_bundle import write_bundle

SIGNALS = [[signal.SIGTERM], [signal.SIGINT] * 2, [signal.SIGINT, signal.SIGTERM]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root of two versions, none of them live."""
    for version in ("1", "2"):
        write_bundle(tmp_path / "dynint" / version)
    return tmp_path


def command(root: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "dynint", "promote", "2", "--root", str(root), *options]


def run(root: Path, *options: str, **variables: str) -> tuple[int, str]:
    done = subprocess.run(
        command(root, *options),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, **variables},
    )
    return done.returncode, done.stderr


def interrupted(
    root: Path, options: list[str], ready: Callable[[], object], sent: list[signal.Signals]
) -> tuple[int, str]:
    """Send signals to a promotion once the root says that it is time."""
    with subprocess.Popen(command(root, *options), stderr=subprocess.PIPE, text=True) as process:
        try:
            wait_until(ready, 60)
            for number in sent:
                process.send_signal(number)
                time.sleep(0.005)
            said = process.communicate(timeout=60)[1]
        finally:
            process.kill()
    return process.returncode, said


def dead_gateway() -> list[str]:
    return ["--gateway", f"http://127.0.0.1:{free_port()}"]


def dead_server() -> list[str]:
    return ["--scorer", f"grpc://127.0.0.1:{free_port()}"]


def test_the_first_promotion_advises_no_rollback_that_cannot_be(root: Path):
    code, said = run(root, *dead_gateway(), "--wait=0")
    assert code == 1
    assert "current.json names it: no version was live before" in said
    assert "rollback" not in said


def test_a_later_one_advises_the_rollback_that_undoes_it(root: Path):
    promote(root / "dynint", 1)
    code, said = run(root, *dead_gateway(), "--wait=0")
    assert code == 1
    assert f"dynint rollback --root {root} --name dynint undoes that" in said


@pytest.mark.parametrize("sent", SIGNALS)
@pytest.mark.parametrize(
    ("live", "advice"),
    [
        (None, "no version was live before, so there is none to go back to"),
        ("1", "dynint rollback --root ROOT --name dynint undoes that"),
    ],
)
def test_one_that_is_interrupted_after_it_moved_the_pointer_says_so(
    root: Path, live: str | None, advice: str, sent: list[signal.Signals]
):
    folder = root / "dynint"
    if live:
        promote(folder, live)
    code, said = interrupted(
        root, dead_gateway(), lambda: read_pointer(folder) == Pointer("2", live), sent
    )
    # One that comes when all is done, as Python ends, ends it by itself.
    assert code in {130, -sent[-1]}
    assert f"current.json names version 2: {advice.replace('ROOT', str(root))}" in said
    assert said.endswith("interrupted\n")
    assert read_pointer(folder) == Pointer("2", live)


def test_one_that_is_interrupted_while_it_waits_for_the_lock_ends(root: Path):
    folder = root / "dynint"
    promote(folder, 1)
    pointer, served = read_pointer(folder), read_serving_config(folder)
    with model_lock(folder), socket.create_server(("127.0.0.1", 0)) as gateway:

        def waits() -> bool:
            gateway.settimeout(60)
            gateway.accept()[0].close()  # it is asked whether it is open; the lock is next
            time.sleep(0.5)
            return True

        options = [*dead_server(), "--gateway", f"http://127.0.0.1:{gateway.getsockname()[1]}"]
        code, said = interrupted(root, options, waits, [signal.SIGINT])
    assert (code, said) == (130, "interrupted\n")
    assert (read_pointer(folder), read_serving_config(folder)) == (pointer, served)


@pytest.mark.parametrize("sent", SIGNALS)
def test_the_first_one_that_is_interrupted_leaves_tf_servings_list(
    root: Path, sent: list[signal.Signals]
):
    folder = root / "dynint"
    code, _ = interrupted(root, dead_server(), lambda: read_serving_config(folder), sent)
    assert code in {130, -sent[-1]}
    assert not (folder / "tf_serving.config").exists()
    assert read_pointer(folder) is None


def test_the_first_one_that_fails_leaves_tf_servings_list(root: Path):
    code, said = run(root, *dead_server(), "--wait=0")
    assert code == 1
    assert "UNAVAILABLE" in said
    assert not (root / "dynint" / "tf_serving.config").exists()
    assert read_pointer(root / "dynint") is None


@pytest.mark.parametrize("url", ["redis://:secret@h:notaport", "redis://h/secret", "secret"])
def test_an_address_of_redis_that_is_none_is_refused_before_anything_is_done(root: Path, url: str):
    (root / "url").write_text(url)
    for option, value in (("--redis-url", url), ("--redis-url-file", str(root / "url"))):
        code, said = run(root, option, value, *dead_server())
        assert code == 2
        assert said.startswith(f"error: {option}: must be ")
        assert said.count("\n") == 1
        assert "secret" not in said
    assert not (root / "dynint" / "tf_serving.config").exists()


def test_what_else_the_warming_refuses_is_bad_input_too(root: Path):
    variables = {"DYNINT_REDIS_BUDGET_MS": "soon"}
    code, said = run(root, "--redis-url", f"redis://127.0.0.1:{free_port()}", **variables)
    assert code == 2
    assert "redis_budget_ms" in said.lower()
    assert "must be such as dynint warm takes" in said
    assert read_pointer(root / "dynint") is None


def test_a_trial_that_had_begun_is_told(root: Path, capsys: pytest.CaptureFixture[str]):
    folder, options = root / "dynint", "--root R --name dynint"
    write_pointer(folder, Pointer("1", None, Canary("2", 0.1)))
    tell_moved(folder, Pointer("1"), options)
    said = capsys.readouterr().err
    assert "names version 2 as the canary, with 0.1 of the requests" in said
    assert f"dynint rollback {options} ends it" in said
    tell_moved(folder, read_pointer(folder), options)
    assert capsys.readouterr().err == ""
