"""How many rows per second FuxiCTR prepares; run by a Python that has it.

As its Criteo benchmark does: numbers into buckets, levels seen at least ten times, one Parquet file. The time is that
of reading, counting and encoding in one process; ``--pipeline`` is its ``build_dataset``, which starts a Ray
server and so takes longer on logs of this size.
"""

import argparse
import gzip
import json
import logging
import os
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

MIN_COUNT = 10
NUMERIC = [f"I{i}" for i in range(1, 14)]
CATEGORICAL = [f"C{i}" for i in range(1, 27)]


def write_csv(log: Path, path: Path, repeat: int) -> int:
    """Write Criteo's tabs as a CSV with a header, several times over; returns the number of rows."""
    with gzip.open(log, "rt") as file:
        lines = [line.rstrip("\n").replace("\t", ",") for line in file]
    with path.open("w") as out:
        out.write(",".join(["label", *NUMERIC, *CATEGORICAL]) + "\n")
        for _ in range(repeat):
            out.write("\n".join(lines) + "\n")
    return repeat * len(lines)


def measure(log: Path, repeat: int, pipeline: bool) -> dict[str, Any]:
    """Prepare a log once."""
    import pandas as pd
    from fuxictr.datasets.criteo import CustomizedFeatureProcessor
    from fuxictr.preprocess import build_dataset

    columns: list[dict[str, Any]] = [
        {"name": NUMERIC, "dtype": "float", "fill_na": 0, "preprocess": "convert_to_bucket"},
        {"name": CATEGORICAL, "dtype": "str", "fill_na": ""},
    ]
    with tempfile.TemporaryDirectory() as path:
        source = Path(path) / "train.csv"
        rows = write_csv(log, source, repeat)
        start = time.perf_counter()
        processor = CustomizedFeatureProcessor(
            feature_cols=[{**each, "active": True, "type": "categorical"} for each in columns],
            label_col={"name": "label", "dtype": "float"},
            dataset_id="criteo",
            data_root=path,
        )
        if pipeline:
            build_dataset(processor, train_data=str(source), min_categr_count=MIN_COUNT)
        else:
            frame = processor.preprocess(processor.read_data(str(source)))
            processor.fit(frame, min_categr_count=MIN_COUNT)
            batch = {column.name: column.to_numpy() for column in frame.collect().get_columns()}
            frame = pd.DataFrame(processor.transform(batch))
            frame.to_parquet(Path(processor.data_dir) / "train.parquet")
        taken = time.perf_counter() - start
    return {"rows_per_second": round(rows / taken), "rows": rows, "seconds": round(taken, 2)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("log", type=Path)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--pipeline", action="store_true")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    logging.disable(logging.CRITICAL)
    os.environ.setdefault("OMP_NUM_THREADS", str(len(os.sched_getaffinity(0))))
    print(json.dumps(measure(arguments.log, arguments.repeat, arguments.pipeline)))
