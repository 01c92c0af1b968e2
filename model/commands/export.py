"""``dynint export --run runs/dgp --root releases --name dynint --data data/criteo``."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from model.console import emit, exit_codes, say


def export(
    run: Annotated[Path, typer.Option(help="Folder that dynint train wrote.")],
    root: Annotated[Path, typer.Option(help="Release root.")] = Path("releases"),
    name: Annotated[str, typer.Option(help="Name of the release.")] = "dynint",
    data: Annotated[
        Path | None,
        typer.Option(
            help="Prepared data whose rows prove the export; by default what it trained on."
        ),
    ] = None,
    tokens: Annotated[
        bool, typer.Option(help="Bring the table into the graph, for predict_tokens.")
    ] = False,
    promote: Annotated[bool, typer.Option("--promote", help="Make the version live.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Fold a trained model, prove it, and write it into a release root as its next version."""
    with exit_codes():
        from model.quiet import import_tensorflow

        say(f"loading {run}")
        import_tensorflow()
        from model.bundle import model_folder
        from model.bundle import promote as make_live
        from model.export import Run
        from model.export import export as export_run

        model_folder(root, name)
        done = export_run(Run.load(run), root, name, data, tokens, say)
        if promote:
            make_live(done.path.parent, done.version)
        certificate = done.manifest.certificate
        table = done.manifest.table
        folded = done.manifest.model["folded"]
        place = shlex.quote(str(root))
        next_step = (
            f"dynint serve --release-root {place} --name {name}"
            if promote
            else f"dynint promote --root {place} --name {name} {done.version}"
        )
        lines = [
            f"version    {done.version}{' (live)' if promote else ''}: {done.path}",
            f"size       {done.manifest.size / 1e6:,.1f} MB; {table['kept']:,} rows kept, "
            f"{table['pruned']:,} pruned",
            f"proof      {certificate['rows']:,} rows ({certificate['source']}): "
            f"largest relative logit difference {certificate['max_relative_difference']:.2g}",
            f"signatures {', '.join(done.manifest.signatures)}",
            f"next       {next_step}",
        ]
        if folded:
            lines.insert(
                2,
                f"folded     {folded['layers_kept']} of {folded['layers']} layers, "
                f"{folded['hidden_units_kept']} of {folded['hidden_units']} hidden units, "
                f"{folded['columns_kept']} of {folded['columns']} columns",
            )
        result = {
            "path": str(done.path),
            "name": name,
            "version": done.version,
            "live": promote,
            "manifest_digest": done.verification["manifest_digest"],
            "bytes": done.manifest.size,
            "table": dict(table),
            "folded": dict(folded),
            "certificate": dict(certificate),
            "signatures": list(done.manifest.signatures),
            "verification": done.verification,
            "next": next_step,
        }
        emit(result, as_json, "\n".join(lines))
