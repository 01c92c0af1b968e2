"""``dynint study depth --data data/clicks --out runs/depth``."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from model.console import emit, exit_codes, say, tidied_up


def study(
    study: Annotated[
        Path,
        typer.Argument(
            help="TOML file with models and what varies, or a shipped one's name: depth (Table 3), "
            "subspaces (Table 4), singular_values (Figure 4), kernel_size_rank (Figure 6), "
            "reduction_ratio and orthogonality (Figure 7)."
        ),
    ],
    *,
    data: Annotated[Path, typer.Option(help="Folder written by 'dynint prepare'.")],
    out: Annotated[Path, typer.Option(help="Folder of the runs and results; one there goes on.")],
    seeds: Annotated[
        str | None,
        typer.Option(help="In place of the file's, as 1,2,3.", show_default=False),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="TABLE.KEY=VALUE",
            help="One setting of all models in place of the file's; may be repeated.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object as the last line.")
    ] = False,
) -> None:
    """Repeat one of the paper's studies on your data; run it again to go on after a kill.

    One run that fails does not lose the others; then the exit code is 1.
    """
    with exit_codes(), tidied_up():
        from training.train.start_tensorflow import start_tensorflow

        start_tensorflow()
        from training.compare.plan import parse_seeds
        from training.study.plan import StudyPlan
        from training.study.study import study as run_study

        plan = StudyPlan.load(study, settings or (), parse_seeds(seeds) or None)
        found = run_study(plan, data, out)
        said = "".join(f"{sentence}\n" for sentence in found["said"])
        emit({**found, "out": str(out)}, as_json, f"{found['table']}\n{said}".rstrip())
        folder = shlex.quote(str(out))
        say(f"wrote {folder}/{', '.join(found['files'])}; the runs are in {folder}/runs")
        if found["failed"]:
            say(f"error: {len(found['failed'])} of the runs failed; run the command again to go on")
            raise typer.Exit(1)
        say(f"next: open {folder}/report.html, which is whole in itself; more seeds are added by")
        more = ",".join(map(str, [*plan.base.seeds, max(plan.base.seeds) + 1]))
        command = ["dynint", "study", str(study), "--data", str(data), "--out", str(out)]
        command += [part for each in settings or () for part in ("--set", each)]
        say(f"  {shlex.join([*command, '--seeds', more])}")
