"""The demo's steps, in the order of the work."""

import shutil
import time
from pathlib import Path
from typing import Any

from model.console import say
from model.errors import InvalidInputError
from training.demo.gateway import running_gateway
from training.demo.score import score_golden, score_often
from training.demo.steps import step

MARK = ".dynint-demo"
"""A file in the demo's folder: only a folder that has it, or is empty, is replaced."""


def run_demo(out: Path, rows: int, seed: int) -> dict[str, Any]:
    """Go from nothing to scores; nothing is left running.

    Args:
        out: folder for everything; an earlier demo's is replaced.
        rows: rows of the generated log.
        seed: of the log, the split and the training.

    Returns:
        What each command reported, and what the gateway answered.

    Raises:
        InvalidInputError: if ``out`` is a folder that no demo made.
        CheckFailedError: if a command fails, or a score served is not the score trained.
    """
    start = time.monotonic()
    _clear(out)
    data, root = out / "data", out / "releases"
    prepared = step(
        "1/7  a log with a known click probability, made into ids",
        *("prepare", "--generate", rows, "--seed", seed, "--out", data),
    )
    runs = {}
    for number, name in ((2, "lr"), (3, "dynint_dgp")):
        run = out / name
        trained = step(
            f"{number}/7  train {name}",
            *("train", "--config", name, "--data", data, "--out", run, "--seed", seed),
        )
        runs[name] = trained
    measured = {
        name: step(f"4/7  measure {name}", "evaluate", "--run", out / name, "--data", data)
        for name in runs
    }
    exported = step(
        "5/7  fold, prove, export, make live",
        *("export", "--run", out / "dynint_dgp", "--data", data, "--root", root, "--promote"),
    )
    verified = step("6/7  verify every byte and the golden scores", "verify", exported["path"])
    serve: list[object] = ["--release-root", root]
    say(f"\n7/7  serve and score\n$ dynint serve --release-root {root}")
    with running_gateway(serve, {"DYNINT_LOG_LEVEL": "warning"}) as url:
        golden = score_golden(url, Path(exported["path"]) / "golden.json")
        latency = score_often(url, Path(exported["path"]) / "golden.json", batch=100)
    return {
        "out": str(out),
        "seconds": round(time.monotonic() - start, 1),
        "prepare": prepared,
        "train": {name: _brief(run) for name, run in runs.items()},
        "evaluate": measured,
        "export": exported,
        "verify": verified,
        "served": golden,
        "latency": latency,
    }


def _brief(run: dict[str, Any]) -> dict[str, Any]:
    return {key: run[key] for key in ("steps", "examples_per_second", "seconds", "metrics")}


def _clear(out: Path) -> None:
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise InvalidInputError(f"--out: must be a folder; received {out}")
    if out.is_dir() and any(out.iterdir()):
        if not (out / MARK).is_file():
            raise InvalidInputError(
                f"--out: must be new, empty or an earlier demo's; {out} holds something else"
            )
        shutil.rmtree(out)
    out.mkdir(parents=True, exist_ok=True)
    (out / MARK).touch()
