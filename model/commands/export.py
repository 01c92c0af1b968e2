"""``dynint export --run runs/dgp --root releases --name dynint --data data/criteo``."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from model.console import emit, exit_codes, say
from model.release_root import root_option


def export(
    run: Annotated[Path, typer.Option(help="Folder that dynint train wrote.")],
    root: Annotated[Path, root_option()] = Path("releases"),
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
    stage: Annotated[
        bool,
        typer.Option(
            "--stage",
            help="Make a candidate in ROOT/.candidates, for gates and dynint publish, and no version.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Fold a trained model, prove it, and write it into a release root as its next version."""
    with exit_codes():
        from model.errors import InvalidInputError
        from model.quiet import import_tensorflow

        if promote and stage:
            raise InvalidInputError("--promote and --stage: give at most one; received both")
        say(f"loading {run}")
        import_tensorflow()
        from model.bundle import model_folder
        from model.bundle import promote as make_live
        from model.bundle.candidate import staged
        from model.export import Run
        from model.export import export as export_run

        model_folder(root, name)
        trained, place = Run.load(run), shlex.quote(str(root))
        next_step = f"dynint serve --release-root {place} --name {name}"
        candidate = None
        if stage:
            with staged(root, name) as candidate:
                done = export_run(trained, candidate, name, data, tokens, say)
            next_step = f"dynint publish --root {place} {candidate.name}"
        else:
            done = export_run(trained, root, name, data, tokens, say)
            if promote:
                make_live(done.path.parent, done.version)
            else:
                next_step = f"dynint promote --root {place} --name {name} {done.version}"
        certificate = done.manifest.certificate
        table = done.manifest.table
        folded = done.manifest.model["folded"]
        lines = [
            f"candidate  {candidate}"
            if stage
            else f"version    {done.version}{' (live)' if promote else ''}: {done.path}",
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
            "candidate": str(candidate) if candidate else None,
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
