"""``dynint tune --config dynint_dgp --data data/clicks --out runs/tune-dgp``."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from model.console import emit, exit_codes, say, tidied_up


def tune(
    *,
    config: Annotated[
        Path,
        typer.Option(
            help="TOML file with a search space, or a shipped one's name: that of a network, for the "
            "paper's bounds."
        ),
    ],
    data: Annotated[Path, typer.Option(help="Folder written by 'dynint prepare'.")],
    out: Annotated[Path, typer.Option(help="Folder of the search; one that is there goes on.")],
    trials: Annotated[
        int | None,
        typer.Option(min=1, help="In place of the file's, those done before among them."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the sampler.")] = 1,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object as the last line.")
    ] = False,
) -> None:
    """Search for settings by their metric on the valid split; run it again to go on."""
    with exit_codes(), tidied_up():
        from training.train.start_tensorflow import start_tensorflow

        start_tensorflow()
        from training.tune.space import Space
        from training.tune.tune import tune as search

        space = Space.load(config)
        found = search(space, data, out, trials, seed)
        best = found["best"]
        settings = "\n".join(f"  {path} = {value}" for path, value in best["settings"].items())
        text = (
            f"best valid {space.metric} {best['value']:.4f}, trial {best['number']} of "
            f"{found['trials']} ({found['failed']} failed):\n{settings}"
        )
        emit({**found, "out": str(out)}, as_json, text)
        folder = shlex.quote(str(out))
        say(f"wrote {folder}/{', '.join(found['files'])}")
        say(f"next: dynint train --config {folder}/best.toml --data {shlex.quote(str(data))}")
