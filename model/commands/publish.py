"""``dynint publish 0007-3f2a9c01 --root releases``."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from model.console import emit, exit_codes, progress, say
from model.release_root import root_option


def publish(
    candidate: Annotated[
        str, typer.Argument(help="What dynint export --stage made: its folder or its id.")
    ],
    root: Annotated[Path, root_option()] = Path("releases"),
    ungated: Annotated[
        bool,
        typer.Option("--ungated", help="Publish without gates; the bundle's gates.json says so."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Make a candidate the next version: proven, gated, atomic, and once; what is live stays."""
    with exit_codes():
        from model.bundle import Bundle
        from model.bundle.candidate import Candidate
        from model.bundle.manifest import UNLISTED
        from model.bundle.paths import regular_files
        from model.bundle.publish import publish as run

        staged = Candidate.open(root, candidate)

        def prove(bundle: Bundle) -> None:
            say("scoring the golden batch")
            from model.quiet import import_tensorflow

            import_tensorflow()
            from model.export import verify_scores

            verify_scores(bundle)

        total = 0
        if staged.bundle.is_dir():
            files = regular_files(staged.bundle)
            total = sum(files[name].st_size for name in files.keys() - UNLISTED)
        with progress(f"reading {staged.root}", total, "bytes") as advance:
            done = run(staged, prove, ungated, advance)
        place, name = shlex.quote(str(root)), staged.name
        next_step = f"dynint promote --root {place} --name {name} {done.version}"
        text = (
            f"version    {done.version}{' (was there already)' if done.already else ''}: "
            f"{done.path}\n"
            f"gates      {done.gates}\n"
            f"digest     {done.manifest_digest}\n"
            f"next       {next_step}"
        )
        result = {
            "name": name,
            "version": done.version,
            "path": str(done.path),
            "manifest_digest": done.manifest_digest,
            "already": done.already,
            "gates": done.gates,
            "next": next_step,
        }
        emit(result, as_json, text)
