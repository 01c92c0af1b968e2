"""``dynint prepare --generate ROWS --out DIR``: prepared data with a known truth, from nothing."""

from pathlib import Path
from typing import Any

from model.console import progress
from model.features import FeatureSpec
from training.datasets import log_format
from training.datasets.synthetic import generate_log
from training.prepare.bad_lines import BadLines
from training.prepare.pipeline import write_prepared
from training.prepare.split import Split
from training.prepare.staged_folder import StagedFolder
from training.writing import writing

LOG = "raw/log.txt"


def prepare_generated(
    rows: int,
    out: Path,
    *,
    seed: int = 1,
    day: int = 0,
    drift: float = 0.0,
    spec: FeatureSpec | None = None,
    split: Split | None = None,
    overwrite: bool = False,
) -> dict[str, Any]:
    """Generate a Criteo-shaped log inside the output folder, then prepare it.

    Args:
        rows: rows of the log.
        out: the folder to write; the log is ``raw/log.txt`` in it.
        seed: of the planted truth.
        day: which draw of rows from the same truth, or from one that has moved since day 0.
        drift: how fast the truth moves; it stays by default.
        spec: the fields; the format's own by default.
        split: how rows are dealt; 70/10/20 by default.
        overwrite: replace prepared data in ``out``.

    Returns:
        The data card; its ``truth`` has the Bayes AUC and LogLoss of the log, its ``splits`` those
        of each split.

    Raises:
        InvalidInputError: if an argument breaks its rule, or the disk is full.
    """
    with writing(out), StagedFolder(out, overwrite) as staged:
        log = staged.path / LOG
        log.parent.mkdir()
        with progress("generating a log", rows, "rows") as advance:
            generate_log(log, rows, seed, day=day, drift=drift, advance=advance)
        return write_prepared(
            [log],
            staged.path,
            log=log_format("criteo"),
            spec=spec,
            vocabulary=None,
            labelled=True,
            split=split,
            bad=BadLines(0),
        )
