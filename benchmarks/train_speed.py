"""The measurement behind ``dynint bench train``."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from statistics import median
from typing import Any

import tensorflow as tf

from benchmarks.zipf_log import write_zipf_split
from model.console import progress, say
from model.zoo import ZOO
from training.train.batch import Batch
from training.train.batches import batches
from training.train.learner import Learner
from training.train.loop import PREFETCHED
from training.train.overrides import apply_overrides
from training.train.prefetch import Prefetch
from training.train.run_config import RunConfig
from training.train.split import Split
from training.train.start_tensorflow import cores
from training.train.train_step import TrainStep

FIELDS = 39
WARM_UP = 8
TURNS = 12
STEPS_PER_TURN = 6
GEMM = 2048
"""Rows and columns of the product that says how fast the machine is at the moment."""


def measure(
    folder: Path,
    model: str,
    rows: int,
    table_rows: int,
    ten_times: bool,
    settings: Sequence[str] = (),
) -> dict[str, Any]:
    """Train on one log of Zipf ids, then in turns on tables of one and ten times the size."""
    sizes = {"dim": 16, "subspaces": 16, "layers": 3}
    known = {field.name for field in fields(ZOO[model].config)} if model in ZOO else set()
    size = {key: value for key, value in sizes.items() if key in known}
    document: dict[str, Any] = {"model": {"name": model, **size}}
    apply_overrides(document, settings)
    config = RunConfig.parse(document)
    split = write_zipf_split(folder / "log", rows, table_rows, FIELDS)
    step = _step(config, table_rows)
    batch_size = config.training.batch_size
    total = -(-rows // batch_size)
    step_seconds: list[float] = []
    distinct: list[int] = []
    with (
        Prefetch(map(step.feed, batches(split, config.training)), PREFETCHED) as ready,
        progress("train", total, "steps") as advance,
    ):
        start, timed = time.perf_counter(), 0
        for number, batch in enumerate(ready):
            if number == min(WARM_UP, total - 1):
                start, timed = time.perf_counter(), 0
                step_seconds, distinct = [], []
            begin = time.perf_counter()
            step(batch)
            step_seconds.append(time.perf_counter() - begin)
            distinct.append(batch.distinct)
            timed += batch.size
            advance(number + 1)
        seconds = time.perf_counter() - start
    return {
        "examples_per_second": round(timed / seconds),
        "table_rows": table_rows,
        "step_ms": round(median(step_seconds) * 1e3, 2),
        "gemm_gflops": round(_gemm_gflops(), 1),
        "input_ms": round(_input_seconds(split, config) * 1e3, 2),
        "table_10x_step_ratio": _ratio(folder, config, split, step) if ten_times else None,
        "distinct_rows_per_batch": round(median(distinct)),
        "batch_size": batch_size,
        "fields": FIELDS,
        "rows": timed,
        "model": config.to_dict()["model"],
    }


def _step(config: RunConfig, table_rows: int) -> TrainStep:
    learner = Learner.build(config, FIELDS, table_rows)
    rows = config.training.batch_size
    return TrainStep(learner.network, learner.table, learner.optimizer, batch_rows=rows)


def _input_seconds(split: Split, config: RunConfig) -> float:
    """Return the time to read, shuffle and prepare a batch of one epoch, nothing else running."""
    start = time.perf_counter()
    number = sum(1 for _ in batches(split, config.training))
    return (time.perf_counter() - start) / number


def _gemm_gflops() -> float:
    """Return the rate of large matrix products, one per core, the machine's limit at this moment."""
    seeds = range(cores())
    matrices = [tf.random.stateless_uniform((GEMM, GEMM), (seed, 2)) for seed in seeds]
    multiply = tf.function(lambda *all_: [tf.linalg.matmul(each, each) for each in all_])
    seconds = []
    for _ in range(10):
        begin = time.perf_counter()
        multiply(*matrices)
        seconds.append(time.perf_counter() - begin)
    return 2e-9 * len(seeds) * GEMM**3 / min(seconds[1:])


def _ratio(folder: Path, config: RunConfig, split: Split, step: TrainStep) -> float:
    """Return the median step on a table ten times as large over that on the present one.

    The two train in turns, so that other work on the machine slows both alike.
    """
    table_rows = 10 * step.table.rows
    say(f"building a table of {table_rows:,} rows")
    steps = (TURNS * STEPS_PER_TURN + WARM_UP) * config.training.batch_size
    large = write_zipf_split(folder / "large", steps, table_rows, FIELDS)
    rivals = [(step, _endless(split, config)), (_step(config, table_rows), _endless(large, config))]
    seconds: list[list[float]] = [[], []]
    with progress("in turns", TURNS, "turns") as advance:
        for turn in range(TURNS):
            for place, (rival, source) in enumerate(rivals):
                for number in range(STEPS_PER_TURN):
                    batch = rival.feed(next(source))
                    begin = time.perf_counter()
                    rival(batch)
                    if turn and number:
                        seconds[place].append(time.perf_counter() - begin)
            advance(turn + 1)
    return round(median(seconds[1]) / median(seconds[0]), 3)


def _endless(split: Split, config: RunConfig) -> Iterator[Batch]:
    while True:
        yield from batches(split, config.training)
