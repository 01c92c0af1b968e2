"""The verbs of offline work, joined."""

import typer

from training.commands.compare import compare
from training.commands.demo import demo
from training.commands.evaluate import evaluate
from training.commands.prepare import prepare
from training.commands.retrain import retrain
from training.commands.study import study
from training.commands.train import train
from training.commands.tune import tune

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def _group() -> None:
    """Commands of ``training``."""


app.command("compare")(compare)
app.command("demo")(demo)
app.command("evaluate")(evaluate)
app.command("prepare")(prepare)
app.command("retrain")(retrain)
app.command("study")(study)
app.command("train")(train)
app.command("tune")(tune)
