"""``dynint prepare clicks.txt.gz --out data/clicks``."""

import shlex
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from model.console import emit, exit_codes, say, tidied_up


def prepare(
    logs: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="LOG...", help="Raw logs: plain, .gz, .zst, .bz2, .parquet; read as one."
        ),
    ] = None,
    *,
    out: Annotated[Path, typer.Option(help="Folder to write; it appears whole or not at all.")],
    log_format: Annotated[
        str,
        typer.Option(
            "--format",
            help="criteo, avazu, ipinyou, ipinyou_csv, ipinyou_raw, frappe, or a TOML file that "
            "describes the logs (docs/datasets.md).",
        ),
    ] = "criteo",
    clicks: Annotated[
        list[Path] | None,
        typer.Option(help="Click logs whose first column has the ids of clicked rows of LOG."),
    ] = None,
    calendar: Annotated[
        bool, typer.Option(help="Add weekday and hour_of_day as fields, where the format has them.")
    ] = False,
    spec: Annotated[
        Path | None, typer.Option(help="A FeatureSpec (JSON) instead of the format's own.")
    ] = None,
    min_count: Annotated[
        int | None,
        typer.Option(
            help="A level seen fewer times in training is out of vocabulary (20 if not given)."
        ),
    ] = None,
    discretiser: Annotated[
        str | None,
        typer.Option(
            help="How numbers become levels: log_square, log_square_plus_one or squared_log "
            "(the format's own if not given)."
        ),
    ] = None,
    like: Annotated[
        Path | None,
        typer.Option(
            help="Prepared data or a trained model (RUN/model): encode with its vocabulary."
        ),
    ] = None,
    carry: Annotated[
        Path | None,
        typer.Option(
            help="A run, a trained model or prepared data whose spec this takes, and whose levels "
            "stay in the vocabulary as long as a training row has them (docs/retraining.md)."
        ),
    ] = None,
    levels_from: Annotated[
        list[Path] | None,
        typer.Option(
            help="Earlier logs that count for levels only, with --valid or --test; in no split."
        ),
    ] = None,
    label: Annotated[
        bool, typer.Option("--label/--no-label", help="Whether the label's column is there.")
    ] = True,
    seed: Annotated[int, typer.Option(help="Of the split, and of --generate.")] = 1,
    split: Annotated[
        str | None,
        typer.Option(help="Weights of train/valid/test (70/10/20; with --like 0/0/100)."),
    ] = None,
    valid: Annotated[
        list[Path] | None,
        typer.Option(help="Logs that are the validation split; then every LOG is training."),
    ] = None,
    test: Annotated[
        list[Path] | None,
        typer.Option(help="Logs that are the test split; a --valid may be given here again."),
    ] = None,
    split_by: Annotated[
        str,
        typer.Option(
            help="hash (of the row number), order (of the rows: the last are the test split), or "
            "time where the format has one: whole hours in order."
        ),
    ] = "hash",
    max_bad_lines: Annotated[
        int | None, typer.Option(help="Skip up to so many malformed lines (0 if not given).")
    ] = None,
    generate: Annotated[
        int | None,
        typer.Option(metavar="ROWS", help="Generate the log, with a known truth; takes no LOG."),
    ] = None,
    day: Annotated[
        int | None,
        typer.Option(
            help="With --generate: other days are other rows of the same truth (0 if not given)."
        ),
    ] = None,
    drift: Annotated[
        float | None,
        typer.Option(
            help="With --generate: the share of the truth, and of the ids, that is new each day."
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace prepared data in OUT.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object as the last line.")
    ] = False,
) -> None:
    """Turn a raw log into ids, a vocabulary, splits and a data card.

    Levels are counted on the training split (and on --levels-from), then every row is encoded.
    Memory does not grow with the log.
    """
    with exit_codes(), tidied_up():
        from training.prepare.request import PrepareRequest

        request = PrepareRequest(
            logs=tuple(logs or ()),
            out=out,
            log_format=log_format,
            spec=spec,
            min_count=min_count,
            discretiser=discretiser,
            like=like,
            labelled=label,
            seed=seed,
            split=split,
            split_by=split_by,
            max_bad_lines=max_bad_lines,
            generate=generate,
            day=day,
            overwrite=overwrite,
            calendar=calendar,
            clicks=tuple(clicks or ()),
            valid=tuple(valid or ()),
            test=tuple(test or ()),
            carry=carry,
            levels_from=tuple(levels_from or ()),
            drift=drift,
        )
        start = time.monotonic()
        card = request.run()
        seconds = time.monotonic() - start
        summary = _summary(card, out, seconds)
        emit(summary, as_json, _text(summary))
        if not card["labelled"]:
            return
        folder = shlex.quote(str(out))
        if not summary["kept"]:
            say(
                f"warning: no level was seen {card['min_count']:,} times: every value is out of "
                "vocabulary. Lower --min-count, or prepare more rows"
            )
        lacking = _lacking(card) if like is None else []
        for split_name, lack in lacking:
            say(f"warning: the {split_name} split has {lack}")
        if lacking:
            say(
                "next: prepare more rows, or deal them by another --split; dynint train needs both "
                "classes in every split"
            )
        elif carry is not None and (carry / "model").is_dir():
            run = shlex.quote(str(carry))
            say(
                f"next: dynint train --config {run}/config.toml --warm-start {run} --data {folder} "
                "--out runs/warm"
            )
        elif like is None:
            say(f"next: dynint train --config dynint_dgp --data {folder} --out runs/dgp")
        else:
            say(f"next: dynint evaluate --run RUN --data {folder}")


def _lacking(card: dict[str, Any]) -> list[tuple[str, str]]:
    """Find the splits that dynint train has no use for, and what each lacks."""
    found = []
    for name, entry in card["splits"].items():
        if not entry["rows"]:
            found.append((name, "no rows"))
        elif entry["positive_rate"] in {0, 1}:
            found.append((name, "no clicks" if entry["positive_rate"] == 0 else "clicks only"))
    return found


def _summary(card: dict[str, Any], out: Path, seconds: float) -> dict[str, Any]:
    return {
        "out": str(out),
        "rows": card["rows"],
        "positive_rate": card["positive_rate"],
        "splits": {name: entry["rows"] for name, entry in card["splits"].items()},
        "table_rows": card["table_rows"],
        "levels": sum(field["levels"] for field in card["fields"]),
        "kept": sum(field["kept"] for field in card["fields"]),
        "bad_lines": card["bad_lines"]["count"],
        "empty_lines": card["empty_lines"],
        **({"carried": card["carried"]} if "carried" in card else {}),
        "digest": card["digest"],
        "truth": card.get("truth", []),
        "seconds": round(seconds, 3),
    }


def _text(summary: dict[str, Any]) -> str:
    rate = summary["positive_rate"]
    splits = ", ".join(f"{name} {rows:,}" for name, rows in summary["splits"].items())
    lines = [
        f"rows      {summary['rows']:,}" + (f", {rate:.1%} clicks" if rate is not None else ""),
        f"splits    {splits}",
        f"levels    {summary['levels']:,} seen, {summary['kept']:,} kept; "
        f"{summary['table_rows']:,} table rows",
        f"digest    {summary['digest']}",
        f"written   {summary['out']} (data_card.json describes it)",
    ]
    if "carried" in summary:
        counts = summary["carried"]
        lines.insert(
            3,
            f"carried   {counts['carried']:,} levels; {counts['new']:,} new, "
            f"{counts['aged_out']:,} aged out",
        )
    if summary["bad_lines"] or summary["empty_lines"]:
        skipped = f"{summary['bad_lines']:,} bad and {summary['empty_lines']:,} empty lines"
        lines.insert(1, f"skipped   {skipped}")
    for truth in summary["truth"]:
        if truth["bayes_auc"] is not None:
            lines.insert(
                -2, f"Bayes     AUC {truth['bayes_auc']:.4f}, LogLoss {truth['bayes_logloss']:.4f}"
            )
    return "\n".join(lines)
