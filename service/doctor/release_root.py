"""The release root: what is live, whether it is whole, and what lies about."""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from model.bundle import Bundle, bundle_folder, model_folder, read_pointer, versions
from model.bundle.paths import NAME
from model.bundle.pointer import CURRENT
from model.bundle.serving_config import SERVING_CONFIG, read_serving_config
from model.bundle.staging import PREFIX, REMOVED
from model.errors import DynIntError
from model.os_errors import is_forbidden
from service.doctor.case import Case
from service.doctor.finding import Finding, failed, ok, skipped, warning

_ROOM = 2
"""A release is staged beside the versions: so many times the live one's bytes should be free."""

_FULL_SHARE = 0.05
_LOCKS = Path("/proc/locks")


def check_root(case: Case) -> Iterator[Finding]:
    """Look for the root and the model's folder."""
    root, name = case.settings.release_root, case.settings.model_name
    export = f"dynint export --run RUN --data DATA --root {root} --name {name} --promote"
    if not root.is_dir():
        what = "is no folder" if root.exists() else "does not exist"
        yield failed(
            "release root", f"{root.absolute()} {what}", f"Set DYNINT_RELEASE_ROOT, or {export}"
        )
        return
    if not os.access(root, os.R_OK | os.X_OK):
        yield failed(
            "release root",
            f"{root.absolute()} may not be read by user {os.getuid()}",
            f"Let user {os.getuid()} read it, or run as another",
        )
        return
    yield ok("release root", str(root.absolute()))
    try:
        folder = model_folder(root, name)
    except DynIntError as error:
        yield failed("model folder", str(error), "Put a folder of its own in place of the symlink")
        return
    if not folder.is_dir():
        yield _no_folder(case, folder, export)
    elif not os.access(folder, os.R_OK | os.X_OK):
        yield failed(
            "model folder",
            f"{folder} may not be read by user {os.getuid()}",
            f"Let user {os.getuid()} read it and all below",
        )
    else:
        count = len(versions(folder))
        yield ok("model folder", f"{folder}, {count} versions", versions=count)


def _no_folder(case: Case, folder: Path, export: str) -> Finding:
    """Say what is in the root in the model's place: other models, or a model's own versions."""
    root, check = case.settings.release_root.resolve(), "model folder"
    if _is_model(root):
        name = case.settings.model_name
        renamed = "" if root.name == name else f" and DYNINT_MODEL_NAME={root.name}"
        return failed(
            check,
            f"no {folder}; the root is one folder too deep: {root} is itself the folder of a model",
            f"Set DYNINT_RELEASE_ROOT={root.parent}{renamed}",
        )
    models = sorted(each.name for each in root.iterdir() if each.is_dir() and _is_model(each))
    if not models:
        return failed(check, f"no {folder}, nor that of another model", export)
    there = f"there are: {', '.join(models[:5])}"
    return failed(check, f"no {folder}; {there}", f"Set DYNINT_MODEL_NAME to one, or {export}")


def _is_model(folder: Path) -> bool:
    """Tell whether a folder can be a model's: by its name, and by what is in it."""
    try:
        has_releases = bool(versions(folder)) or (folder / CURRENT).is_file()
    except OSError:  # it may not be read
        return False
    return has_releases and NAME.fullmatch(folder.name) is not None


def check_pointer(case: Case) -> Iterator[Finding]:
    """Read ``current.json``."""
    root, name = case.settings.release_root, case.settings.model_name
    if not case.settings.model_dir.is_dir():
        yield skipped("pointer", "there is no model folder")
        return
    try:
        case.pointer = read_pointer(model_folder(root, name))
    except DynIntError as error:
        as_it_says = "As it says; the versions are not touched by that"
        yield failed("pointer", str(error), _let_read(error) or as_it_says)
        return
    if case.pointer is None:
        there = versions(case.settings.model_dir)
        newest = there[-1] if there else "VERSION"
        yield failed(
            "pointer",
            f"nothing is live; versions there: {', '.join(map(str, there)) or 'none'}",
            f"dynint promote {newest} --root {root} --name {name}",
        )
        return
    pointer = case.pointer
    canary = f", canary {pointer.canary.version}" if pointer.canary else ""
    yield ok("pointer", f"live {pointer.current}, previous {pointer.previous or 'none'}{canary}")


def check_versions(case: Case) -> Iterator[Finding]:
    """Open what the pointer names, as a gateway does; with ``deep``, read every byte."""
    if case.pointer is None:
        yield skipped("versions", "the pointer names none")
        return
    pointer, settings = case.pointer, case.settings
    canary = pointer.canary.version if pointer.canary else None
    roles = {"awaited": pointer.awaited, "canary": canary, "previous": pointer.previous}
    named = {version: role for role, version in roles.items() if version} | {
        pointer.current: "live"
    }
    for version, role in sorted(named.items(), key=lambda each: each[1] != "live"):
        what = f"version {version} ({role})"
        began = time.monotonic()
        try:
            folder = bundle_folder(settings.release_root, settings.model_name, version)
            bundle = Bundle.open(folder, full=case.deep)
            if bundle.name != settings.model_name:
                yield failed(
                    what,
                    f"{folder}: is a bundle of {bundle.name!r}, not of {settings.model_name!r}",
                    "Put the right bundle there, or promote another version",
                )
                continue
            bundle.golden()
        except DynIntError as error:
            anew = "Copy the version anew from where it was made"
            way_out = f", or {case.way_out}" if role == "live" else ""
            yield failed(what, str(error), _let_read(error) or anew + way_out)
            continue
        case.bundles[version] = bundle
        size = bundle.manifest.size
        read = "every byte read" if case.deep else "names, sizes and digests as loading checks them"
        yield ok(
            what,
            f"{size / 1e6:,.1f} MB, {len(bundle.table.fingerprints):,} levels; {read}",
            bytes=size,
            seconds=round(time.monotonic() - began, 3),
        )


def _let_read(error: DynIntError) -> str:
    """What to do about a file that is whole and may not be read; empty for any other error."""
    if not is_forbidden(error):
        return ""
    return f"Let user {os.geteuid()} read it and all beside it (chmod, chown), or run as its owner"


def check_leftovers(case: Case) -> Iterator[Finding]:
    """Look for what a killed export or a killed removal left."""
    folder = case.settings.model_dir
    if not folder.is_dir():
        yield skipped("leftovers", "there is no model folder")
        return
    held = _locked_inodes()
    left, busy = [], 0
    for each in sorted(folder.iterdir()):
        if not each.name.startswith((PREFIX, REMOVED)):
            continue
        lock = each / "lock"
        if lock.exists() and lock.stat().st_ino in held:
            busy += 1
        else:
            left.append(each)
    if left:
        size = sum(each.stat().st_size for top in left for each in top.rglob("*") if each.is_file())
        yield warning(
            "leftovers",
            f"{len(left)} unfinished folders ({left[0].name} ...), {size / 1e6:,.1f} MB",
            "If no export, publish or retrain is at work on another machine: the next one of them "
            "removes these",
            bytes=size,
        )
    else:
        yield ok("leftovers", f"none; {busy} being written now" if busy else "none")


def _locked_inodes() -> frozenset[int]:
    """List the files with locks, without asking for one: that could be in a writer's way."""
    try:
        lines = _LOCKS.read_text().splitlines()
    except OSError:
        return frozenset()
    places = (word.rpartition(":")[2] for line in lines for word in line.split() if ":" in word)
    return frozenset(int(place) for place in places if place.isdecimal())


def check_serving_config(case: Case) -> Iterator[Finding]:
    """Compare TF Serving's list with the pointer."""
    check = SERVING_CONFIG
    if case.pointer is None:
        yield skipped(check, "the pointer names no version")
        return
    remote = bool(case.settings.scorer_targets)
    config = read_serving_config(case.settings.model_dir)
    bad = failed if remote else warning
    root, name = case.settings.release_root, case.settings.model_name
    mend = f"dynint promote {case.pointer.current} --root {root} --name {name} writes it anew"
    if config is None:
        yield bad(check, "is not there, or not of this project's form", mend)
        return
    missing = sorted(case.pointer.versions - set(config.versions))
    further = sorted(set(config.versions) - case.pointer.versions)
    if missing:
        yield bad(check, f"does not name {_join(missing)}, which {_names(missing)} needed", mend)
    elif further:
        yield warning(
            check,
            f"names {_join(further)} too, which the pointer does not",
            "TF Serving holds more than it needs; the next promotion narrows it",
        )
    elif config.labels.get("stable") not in {None, int(case.pointer.current)}:
        yield bad(check, f"calls version {config.labels['stable']} stable", mend)
    else:
        yield ok(check, f"names {_join(sorted(config.versions))}, as the pointer does")


def _join(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))


def _names(numbers: list[int]) -> str:
    return "is" if len(numbers) == 1 else "are"


def check_disk(case: Case) -> Iterator[Finding]:
    """Look whether the next release finds room."""
    root = case.settings.release_root
    if not root.is_dir():
        yield skipped("disk", "there is no release root")
        return
    usage = shutil.disk_usage(root)
    wanted = _ROOM * (case.live.manifest.size if case.live else 0)
    found = f"{usage.free / 1e9:,.1f} of {usage.total / 1e9:,.1f} GB free"
    if usage.free < max(wanted, _FULL_SHARE * usage.total):
        yield warning(
            "disk",
            found,
            f"Make room: dynint releases --root {root} --name {case.settings.model_name} --keep 3 "
            "removes old versions",
            free_bytes=usage.free,
        )
    else:
        yield ok("disk", found, free_bytes=usage.free)
