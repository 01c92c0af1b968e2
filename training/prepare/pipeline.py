"""``dynint prepare LOG... --out DIR``: the whole of it as one function."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from model.errors import InvalidInputError
from model.features import FeatureSpec, Vocabulary
from training.datasets import LogFormat, log_format
from training.datasets.block import Block
from training.datasets.byte_blocks import BLOCK_BYTES
from training.prepare.bad_lines import BadLines
from training.prepare.carried import Carried
from training.prepare.data_card import data_card, to_json
from training.prepare.dealing import Dealing
from training.prepare.scan import Scan
from training.prepare.spill import Spill
from training.prepare.split import Split
from training.prepare.split_by_file import FileSplit
from training.prepare.split_by_order import OrderSplit
from training.prepare.split_by_time import TimeSplit
from training.prepare.staged_folder import CARD, StagedFolder
from training.prepare.truth_columns import TruthColumns
from training.prepare.watched import watched
from training.prepare.write_splits import write_splits
from training.writing import writing

MIN_COUNT = 20


def prepare(
    logs: Sequence[Path],
    out: Path,
    *,
    log: LogFormat | None = None,
    spec: FeatureSpec | None = None,
    vocabulary: Vocabulary | None = None,
    carried: Carried | None = None,
    labelled: bool = True,
    split: Split | FileSplit | None = None,
    split_by: str = "hash",
    aside: int = 0,
    max_bad_lines: int = 0,
    overwrite: bool = False,
    block_bytes: int = BLOCK_BYTES,
) -> dict[str, Any]:
    """Turn raw logs into a folder of ids, a vocabulary, splits and a data card.

    Two passes: levels are counted on the training split only, then every row is encoded. Memory
    follows the number of distinct levels and ``block_bytes``, not the size of the logs. The result
    depends on the logs, the spec, the split and a given or carried vocabulary, on nothing else.

    Args:
        logs: one or several files, plain, gzip or zstd, read as one log in this order.
        out: the folder to write; it appears whole at the end or not at all.
        log: their format; Criteo's by default.
        spec: the fields; the format's own with a threshold of ``MIN_COUNT`` by default.
        vocabulary: encode with this one (made for ``spec``) and count none.
        carried: count levels, and keep those of this vocabulary that are met at all; ``spec`` is
            then its spec.
        labelled: whether the label's column is there; without it, a vocabulary is needed and labels
            are NaN.
        split: how rows are dealt; 70/10/20 by default, with a vocabulary 0/0/100.
        split_by: ``hash``, or ``time`` or ``order`` to deal, in the weights of ``split``, by the
            order of the format's time or of the rows; both take a pass over the logs first.
        aside: with ``order``, so many logs, the first, count for levels only and are in no split.
        max_bad_lines: how many bad lines to skip.
        overwrite: replace prepared data in ``out``.
        block_bytes: about how much of a log to hold at a time, in bytes of text.

    Returns:
        The data card.

    Raises:
        InvalidInputError: if an argument or a log breaks its rule, or the disk is full.
        FileNotFoundError: if a log is not there.
    """
    if not logs:
        raise InvalidInputError("logs: must be at least one file; received none")
    _check_logs(logs, out, split)
    with writing(out), StagedFolder(out, overwrite) as staged:
        return write_prepared(
            logs,
            staged.path,
            log=log or log_format("criteo"),
            spec=spec,
            vocabulary=vocabulary,
            carried=carried,
            labelled=labelled,
            split=split,
            split_by=split_by,
            aside=aside,
            bad=BadLines(max_bad_lines),
            block_bytes=block_bytes,
        )


def write_prepared(
    logs: Sequence[Path],
    folder: Path,
    *,
    log: LogFormat,
    spec: FeatureSpec | None,
    vocabulary: Vocabulary | None,
    labelled: bool,
    split: Split | FileSplit | None,
    bad: BadLines,
    split_by: str = "hash",
    aside: int = 0,
    carried: Carried | None = None,
    block_bytes: int = BLOCK_BYTES,
) -> dict[str, Any]:
    """Do the work of ``prepare`` in a folder that is there, made for the purpose."""
    chosen = spec or (carried.spec if carried else log.spec(MIN_COUNT))
    log.check_spec(chosen)
    if carried is not None and carried.spec.digest != chosen.digest:
        raise InvalidInputError(
            f"carry: the spec must be that of the vocabulary that is carried on, "
            f"{carried.spec.digest[:12]}...; received {chosen.digest[:12]}..."
        )
    if vocabulary is None and not labelled:
        raise InvalidInputError(
            "no-label: a log without labels can only be encoded with the vocabulary of prepared "
            "data (--like DIR); received none"
        )
    if vocabulary is not None and vocabulary.n_fields != len(chosen.fields):
        raise InvalidInputError(
            f"vocabulary: must be made for the spec's {len(chosen.fields)} fields; "
            f"received one for {vocabulary.n_fields}"
        )
    dealt: Dealing = split or (Split() if vocabulary is None else Split(0, 0, 100))
    if split_by != "hash":
        dealt = _dealt_by(split_by, logs, log, dealt, aside, labelled, block_bytes, bad.anew())
    spill = Spill(folder / "codes.tmp", len(chosen.fields))
    try:
        scan = Scan(chosen, spill, dealt, bad, TruthColumns(logs), count_all=vocabulary is not None)
        blocks = log.read(
            logs,
            labelled=labelled,
            fields=chosen.names,
            timed=dealt.timed,
            block_bytes=block_bytes,
        )
        scan.run(blocks, logs)
        if not scan.counted:
            raise InvalidInputError(
                f"logs: must give at least one training row; received {scan.rows:,} rows, "
                f"split {dealt} with seed {dealt.seed}{bad.told}"
            )
        kept = vocabulary or Vocabulary.from_counts(
            chosen,
            [(levels.fingerprints, levels.counts) for levels in scan.levels],
            None if carried is None else carried.vocabulary,
        )
        rows_of_code = [
            kept.rows_of_field(place, levels.fingerprints)
            for place, levels in enumerate(scan.levels)
        ]
        splits = write_splits(
            folder, chosen.names, spill, rows_of_code, total=scan.rows, bayes=scan.truth.known
        )
    finally:
        spill.close()
    chosen.save(folder / "feature_spec.json")
    kept.save(folder / "vocabulary.npz")
    sample = scan.sample.save(folder / "sample.jsonl")
    card = {
        "format": log.name,
        "labelled": labelled,
        **data_card(scan, kept, splits, sample, carried),
    }
    if log.clicks:
        card["clicks"] = {"files": list(log.clicks.files), "ids": len(log.clicks.ids)}
    (folder / CARD).write_text(to_json(card), encoding="utf-8")
    return card


def _dealt_by(
    split_by: str,
    logs: Sequence[Path],
    log: LogFormat,
    weights: Dealing,
    aside: int,
    labelled: bool,
    block_bytes: int,
    bad: BadLines,
) -> TimeSplit | OrderSplit:
    timed = split_by == "time"
    if (timed and log.time_column is None) or not isinstance(weights, Split):
        raise InvalidInputError(
            f"split-by {split_by}: needs {'a format with a time, and ' if timed else ''}weights; "
            f"received {log.name!r}, {weights}"
        )
    blocks = log.read(logs, labelled=labelled, fields=(), timed=timed, block_bytes=block_bytes)
    with closing(watched(blocks, logs, "counting hours" if timed else "counting rows")) as coming:
        counted = _without_many_bad(coming, bad)
        if log.time_column is not None and timed:
            return TimeSplit.find(counted, weights, log.time_column, bad)
        return OrderSplit.find(counted, weights, aside)


def _without_many_bad(blocks: Iterable[Block], bad: BadLines) -> Iterator[Block]:
    """Stop at one bad line too many: where all are bad, nothing is left to say which one."""
    for block in blocks:
        bad.add(block.bad)
        yield block


def _check_logs(logs: Sequence[Path], out: Path, split: Dealing | None) -> None:
    target = out.resolve()
    seen: dict[Path, list[int]] = {}
    for place, path in enumerate(logs):
        if path.is_dir():
            raise InvalidInputError(f"logs: must be files; {path} is a folder")
        path.stat()
        real = path.resolve()
        earlier = seen.setdefault(real, [])
        if earlier and not (
            isinstance(split, FileSplit)
            and all(split.may_repeat(other, place) for other in earlier)
        ):
            raise InvalidInputError(f"logs: each file once; received {path} twice")
        if target in real.parents:
            raise InvalidInputError(
                f"out: must not hold a log, it would be replaced; {path} is in it"
            )
        earlier.append(place)
