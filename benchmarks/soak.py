"""``dynint bench soak --minutes 15 --flip-every 30 --json``: a constant load for long, with flips."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from model.console import emit, exit_codes, say


def soak(
    minutes: Annotated[float, typer.Option(min=0.2, help="How long.")] = 15.0,
    flip_every: Annotated[float, typer.Option(min=1.0, help="Seconds between two flips.")] = 30.0,
    rate: Annotated[float, typer.Option(min=1.0, help="Requests per second.")] = 50.0,
    rows: Annotated[int, typer.Option(min=1, help="Rows of each request.")] = 100,
    settled: Annotated[
        float | None, typer.Option(help="Growth counts after so many seconds [three minutes].")
    ] = None,
    scorer: Annotated[str, typer.Option(help="embedded or remote.")] = "embedded",
    plot: Annotated[Path, typer.Option(help="Where to write the plot.")] = Path("soak.png"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Load a gateway for long and flip its release again and again; exits 1 if anything failed or grew.

    Every row of every answer is compared with the version that the answer names. Memory,
    descriptors, threads and tasks are looked at every few seconds: the last third of what was seen
    after ``--settled`` is compared with its first third.
    """
    with exit_codes(), tempfile.TemporaryDirectory(prefix="dynint-bench-") as folder:
        from benchmarks.serving.soak import soak as run
        from benchmarks.serving.soak_plot import plot_soak
        from benchmarks.serving.stack import make_releases
        from benchmarks.serving.witness import Witness

        root = Path(folder)
        seconds = 60 * minutes
        say("writing two releases, and asking each for its scores")
        make_releases(root, 2)
        witness = Witness.ask(root, rows)
        say(f"soaking for {minutes:g} minutes")
        after_s = min(180.0, seconds / 3) if settled is None else settled
        result, seen = run(root, witness, rate, seconds, flip_every, after_s, scorer)
        plot_soak(result, seen, plot)
        lines = [
            f"{result['requests']:,} requests, {result['flips']} flips: {result['errors']} errors, "
            f"{result['mixed']} mixed; p50 {result['p50_ms']:.2f}, p99 {result['p99_ms']:.2f} ms",
            *(
                f"{name}: {each['settled']:g} settled, {each['end']:g} at the end "
                f"({each['slope_per_minute']:+g} per minute)"
                for name, each in result["grown"].items()
            ),
            f"plot: {plot}",
        ]
        emit({**result, "plot": str(plot)}, as_json, "\n".join(lines))
        if not result["passed"]:
            raise typer.Exit(1)
