"""``python -m benchmarks.big_table.lookup DIR/big/1``: levels found by halving and by interpolation.

Both in turns on the same levels of the same table; warm ones first, then each on a cold table.
"""

import argparse
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from benchmarks.big_table.page_cache import drop_pages
from model.bundle import EmbeddingTable
from model.bundle.fingerprint_index import FingerprintIndex

COUNTS = (1, 16, 100, 500, 1000)
_WAYS = (("halving", 2**62), ("interpolation", 0))


def time_ways(marks: NDArray[np.uint64], count: int, repeat: int = 40) -> dict[str, float]:
    """Time both ways on levels drawn at random; medians in microseconds."""
    random = np.random.default_rng(count)
    spent: dict[str, list[float]] = {name: [] for name, _ in _WAYS}
    ways = {name: FingerprintIndex(marks, least) for name, least in _WAYS}
    for _ in range(repeat):
        wanted = marks[random.integers(0, len(marks), count)]
        answers = []
        for name, way in ways.items():
            start = perf_counter()
            answers.append(way.places(wanted))
            spent[name].append(1e6 * (perf_counter() - start))
        if not np.array_equal(answers[0], answers[1]):
            raise RuntimeError("places: both ways must agree; they do not")
    return {name: median(times) for name, times in spent.items()}


def time_cold(folder: Path, count: int) -> dict[str, float]:
    """Time the first lookup of each way in a table that is not in memory; microseconds."""
    found = {}
    levels = EmbeddingTable.open(folder).fingerprints
    wanted = np.array(levels[np.random.default_rng(0).integers(0, len(levels), count)])
    del levels
    for name, least in _WAYS:
        drop_pages(folder)
        table = EmbeddingTable.open(folder)
        table.expect_single_reads()
        way = FingerprintIndex(table.fingerprints, least)
        start = perf_counter()
        way.places(wanted)
        found[name] = 1e6 * (perf_counter() - start)
        del table, way
    return found


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    folder = parser.parse_args().bundle / "embeddings"
    marks = EmbeddingTable.open(folder).fingerprints
    marks.max()  # read all of it
    for size in (len(marks), len(marks) // 10, len(marks) // 50):
        part = np.ascontiguousarray(marks[:: len(marks) // size])
        for count in COUNTS:
            times = time_ways(part, count)
            print(f"{len(part):>11,} levels, {count:>5} wanted, warm:", _text(times))
    del marks, part
    print("500 wanted, cold:", _text(time_cold(folder, 500)))


def _text(times: dict[str, float]) -> str:
    return ", ".join(f"{name} {spent:,.0f} us" for name, spent in times.items())


if __name__ == "__main__":
    main()
