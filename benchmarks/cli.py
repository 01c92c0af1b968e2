"""``dynint bench``: every benchmark as a sub-command."""

import typer

from benchmarks.batch import batch
from benchmarks.days.command import days
from benchmarks.flip import flip
from benchmarks.fold import fold
from benchmarks.load import load
from benchmarks.overload import overload
from benchmarks.prepare import prepare
from benchmarks.serve import serve
from benchmarks.soak import soak
from benchmarks.table import table
from benchmarks.train import train

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
bench = typer.Typer(
    no_args_is_help=True,
    help="Measure prepare, train, fold, serve, batch, flips, overload, a soak or a big table; load a gateway.",
)
app.add_typer(bench, name="bench")

bench.command("prepare")(prepare)
bench.command("train")(train)
bench.command("fold")(fold)
bench.command("serve")(serve)
bench.command("batch")(batch)
bench.command("flip")(flip)
bench.command("soak")(soak)
bench.command("days")(days)
bench.command("load")(load)
bench.command("overload")(overload)
bench.command("table")(table)


@app.callback()
def _group() -> None:
    """Benchmarks."""
