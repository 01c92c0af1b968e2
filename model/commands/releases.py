"""``dynint releases --root releases --name dynint --keep 5``."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from model.console import emit, exit_codes
from model.release_root import root_option

if TYPE_CHECKING:
    from model.bundle.listing import Listed


def releases(
    root: Annotated[Path, root_option()] = Path("releases"),
    name: Annotated[str, typer.Option(help="Name of the release.")] = "dynint",
    keep: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Remove all versions but so many of the newest; never one that is live, previous "
            "or canary.",
        ),
    ] = None,
    keep_candidates: Annotated[
        int | None,
        typer.Option(min=0, help="Remove all candidates but so many of the newest."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """List the versions of a release root, and remove old ones with --keep."""
    with exit_codes():
        from model.bundle import model_folder
        from model.bundle.candidate import candidates as staged
        from model.bundle.listing import list_versions
        from model.bundle.retention import retain, retain_candidates

        folder = model_folder(root, name)
        list_versions(folder)  # refuses a folder that is not there before anything is removed
        done = retain(root, name, keep) if keep is not None else None
        gone = retain_candidates(root, keep_candidates) if keep_candidates is not None else ()
        listed = list_versions(folder)
        candidates = [each.id for each in staged(root) if each.bundle.is_dir()]
        lines = [table(listed)]
        if candidates:
            lines.append(f"candidates {', '.join(candidates)}")
        if done is not None:
            lines.append(f"removed    {', '.join(done.removed) or 'no version'}")
            if done.undeleted:
                lines.append(f"undeleted  {', '.join(done.undeleted)}: the next run tries again")
        if keep_candidates is not None:
            lines.append(f"removed    candidates {', '.join(gone) or 'none'}")
        result: dict[str, Any] = {
            "name": name,
            "versions": [each.to_json() for each in listed],
            "candidates": candidates,
            "removed": list(done.removed) if done else [],
            "removed_candidates": list(gone),
        }
        emit(result, as_json, "\n".join(lines))


def table(listed: Sequence["Listed"]) -> str:
    """Lay versions out for people, one a line."""
    if not listed:
        return "no version"
    rows = [("version", "state", "created", "model", "MB", "AUC", "LogLoss", "gates", "digest")]
    for each in listed:
        rows.append(
            (
                each.version,
                each.state,
                each.created or "",
                each.model or "",
                "" if each.bytes is None else f"{each.bytes / 1e6:,.1f}",
                "" if each.auc is None else f"{each.auc:.5f}",
                "" if each.log_loss is None else f"{each.log_loss:.5f}",
                each.gates or "",
                (each.digest or "")[:12] or each.problem,
            )
        )
    widths = [max(map(len, column)) for column in list(zip(*rows, strict=True))[:-1]]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]])
        for row in rows
    )
