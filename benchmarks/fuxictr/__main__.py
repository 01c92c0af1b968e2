"""``python -m benchmarks.fuxictr --python fuxictr-venv/bin/python [--log criteo.txt.gz]``.

Training at 39 fields, dim 16, batch 4,096 and Adam, and preparation of a Criteo log, in turns with the
same on this side, on all CPUs. The ratio is that of the medians.
"""

import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from model.console import say

HERE = Path(__file__).parent
TURNS = 3
OURS = {
    "cross-1": ["dcn_v2", "model.rank=64", "model.experts=1", "model.hidden_units=[]"],
    "cross-4": ["dcn_v2", "model.rank=64", "model.experts=4", "model.hidden_units=[]"],
    "xdeepfm": ["xdeepfm", "model.cin_units=[64,64]", "model.hidden_units=[400,400]"],
}
"""The same network here: its name, and settings."""


def _last_json(command: list[str]) -> dict[str, Any]:
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _rate(command: list[str], key: str) -> float:
    return float(_last_json(command)[key])


def _train_ours(name: str) -> float:
    model, *settings = OURS[name]
    settings += ["embedding_optimizer.name=adam", "dense_optimizer.name=adam"]
    command = [sys.executable, "-m", "dynint", "bench", "train", "--json", "--model", model]
    command += ["--table-rows", "50000", "--rows", "204800", "--no-ten-times"]
    for setting in settings:
        command += ["--set", setting]
    return _rate(command, "examples_per_second")


def _prepare_ours(log: Path, repeat: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "log.txt"
        plain.write_bytes(gzip.decompress(log.read_bytes()) * repeat)
        command = [sys.executable, "-m", "dynint", "prepare", str(plain), "--out", f"{folder}/data"]
        command += ["--min-count", "10", "--split", "100/0/0", "--json"]
        start = time.perf_counter()
        rows = _last_json(command)["rows"]
        return float(rows) / (time.perf_counter() - start)


def _turns(name: str, theirs: Callable[[], float], ours: Callable[[], float]) -> dict[str, Any]:
    measured: dict[str, list[float]] = {"fuxictr": [], "dynint": []}
    for _ in range(TURNS):
        measured["fuxictr"].append(theirs())
        measured["dynint"].append(ours())
    result = {key: round(median(values)) for key, values in measured.items()}
    say(f"{name}: FuxiCTR {result['fuxictr']:,}/s, DynInt {result['dynint']:,}/s")
    ratio = round(result["dynint"] / result["fuxictr"], 2)
    return {"case": name, **result, "ratio": ratio, "turns": measured}


def run(python: str, log: Path | None, repeat: int) -> Iterator[dict[str, Any]]:
    """Measure every case; preparation only if there is a log."""
    for name in OURS:
        rival = [python, str(HERE / "training.py"), name]
        yield _turns(
            f"train {name}",
            partial(_rate, rival, "examples_per_second"),
            partial(_train_ours, name),
        )
    if log is not None:
        for how in (["--pipeline"], []):
            rival = [python, str(HERE / "preparing.py"), str(log), "--repeat", str(repeat), *how]
            yield _turns(
                f"prepare {repeat} times, by its " + ("pipeline" if how else "steps alone"),
                partial(_rate, rival, "rows_per_second"),
                partial(_prepare_ours, log, repeat),
            )


def main() -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", required=True, help="of the environment with FuxiCTR")
    parser.add_argument("--log", type=Path, help="a log in Criteo's format, .gz")
    parser.add_argument("--repeat", type=int, default=5, help="how often the log is read as one")
    given = parser.parse_args()
    cases = list(run(given.python, given.log, given.repeat))
    load = round(os.getloadavg()[0], 2)
    print(json.dumps({"cases": cases, "cpus": len(os.sched_getaffinity(0)), "load_1min": load}))


if __name__ == "__main__":
    main()
