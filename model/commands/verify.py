"""``dynint verify releases/dynint/7``."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from model.console import emit, exit_codes, progress, say
from model.release_root import root_option


def verify(
    bundle: Annotated[Path | None, typer.Argument(help="Folder of a version.")] = None,
    root: Annotated[Path | None, root_option("Release root, in place of BUNDLE.")] = None,
    name: Annotated[str, typer.Option(help="Name of the release, with --root.")] = "dynint",
    version: Annotated[
        str | None, typer.Option(help="Version, with --root; by default the live one.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check a bundle: every byte, the spec, the weights, and the golden batch from raw values."""
    with exit_codes():
        from model.bundle import Bundle
        from model.bundle.manifest import UNLISTED
        from model.bundle.paths import regular_files

        folder = _folder(bundle, root, name, version)
        # The bytes first: that needs no TensorFlow and finds nearly everything.
        files = regular_files(folder)
        total = sum(files[name].st_size for name in files.keys() - UNLISTED)
        with progress(f"reading {folder}", total, "bytes") as advance:
            checked = Bundle.open(folder, full=True, advance=advance)
        say("scoring the golden batch")
        from model.quiet import import_tensorflow

        import_tensorflow()
        from model.export import verify_scores

        report = {**verify_scores(checked), "name": checked.name}
        try:
            checked.stamp()
            report["stamped"] = True
        except OSError as error:
            say(f"the stamp cannot be written ({error.strerror}): each load will read every byte")
            report["stamped"] = False
        lines = [
            f"verified   {checked.name} version {checked.version}: {checked.path}",
            f"digest     {checked.manifest_digest}",
            f"read       {report['bytes'] / 1e6:,.1f} MB in {len(checked.manifest.files)} files",
            f"golden     {report['golden_rows']} rows, largest relative logit difference "
            f"{report['golden_max_relative_difference']:.2g}",
            f"next       dynint promote --root {shlex.quote(str(checked.path.parent.parent))} "
            f"--name {checked.path.parent.name} {checked.version}",
        ]
        emit(report, as_json, "\n".join(lines))


def _folder(bundle: Path | None, root: Path | None, name: str, version: str | None) -> Path:
    from model.bundle import bundle_folder, model_folder, read_pointer
    from model.bundle.manifest import MANIFEST
    from model.errors import InvalidInputError

    if (bundle is None) == (root is None):
        raise InvalidInputError(
            "BUNDLE or --root: give one of them, such as 'dynint verify releases/dynint/7'"
        )
    if bundle is not None:
        if not bundle.is_dir():
            raise InvalidInputError(f"BUNDLE: must be a folder; {bundle} is none")
        if not any((bundle / name).exists() for name in (MANIFEST, "saved_model.pb")):
            raise InvalidInputError(
                f"BUNDLE: must be the folder of a version; {bundle} is no bundle"
            )
        return bundle
    if root is None:
        raise InvalidInputError("--root: must be given without BUNDLE")
    if version is None:
        if not root.is_dir():
            raise InvalidInputError(f"--root: must be a folder of releases; {root} is none")
        pointer = read_pointer(model_folder(root, name))
        if pointer is None:
            raise InvalidInputError(f"--version: must be given, as {root / name} has no live one")
        version = pointer.current
    folder = bundle_folder(root, name, version)
    if not folder.is_dir():
        raise InvalidInputError(f"--version: must be there; {folder} is not")
    return folder
