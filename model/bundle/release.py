"""Make a version live, and go back."""

from pathlib import Path

from model.bundle.model_dir import absent, checked, chosen, model_lock, require_folder
from model.bundle.pointer import CURRENT, Pointer, read_pointer, require_live, write_pointer
from model.bundle.serving_config import read_serving_config
from model.bundle.trial import end_canary
from model.errors import CheckFailedError, InvalidInputError


def promote(
    model_dir: Path, version: str | int, over: str | None = None, on_trial: bool = False
) -> Pointer:
    """Make a version the live one; the live one becomes the previous, and a canary ends.

    Promoting the live version changes nothing, but for TF Serving's list, if that was lost.

    Args:
        model_dir: ``ROOT/<model-name>``.
        version: one that is there and verifies.
        over: the version that must be live until then, if it matters which.
        on_trial: whether the version must be the canary until then.

    Returns:
        The pointer that now stands.

    Raises:
        InvalidInputError: if ``version`` is none or is not there, or the pointer cannot be written.
        CheckFailedError: if another than ``over`` is live, or the version's trial was ended.
        BundleError: if the version does not verify, or the pointer cannot be read.
    """
    digits = chosen(model_dir, version)
    with model_lock(model_dir):
        if not (model_dir / digits).is_dir():  # removed by retention since
            raise InvalidInputError(absent(model_dir, digits))
        old = read_pointer(model_dir)
        if old is not None and old.current == digits:
            config = read_serving_config(model_dir)
            if config is None or frozenset(config.versions) != old.versions:
                write_pointer(model_dir, old)
            return old
        require_live(old, over)
        if on_trial and (old is None or old.canary is None or old.canary.version != digits):
            raise CheckFailedError(
                f"{CURRENT}: version {digits} must be on trial until it is live; its trial was ended"
            )
        pointer = Pointer(digits, old.current if old else None)
        write_pointer(model_dir, pointer)
    return pointer


def rollback(model_dir: Path) -> Pointer:
    """Go back: with a canary on trial, end the canary; else make the previous version live.

    With a canary the live version stays, and so does the previous one; the next rollback goes back
    to it. Without one the live version becomes the previous.

    Args:
        model_dir: ``ROOT/<model-name>``.

    Returns:
        The pointer that now stands.

    Raises:
        InvalidInputError: if the folder is not there, or the pointer cannot be written.
        CheckFailedError: if there is neither a canary nor a previous version, or another process
            changed the pointer meanwhile.
        BundleError: if the previous version is not there or does not verify, or the pointer cannot
            be read.
    """
    require_folder(model_dir)
    before = read_pointer(model_dir)
    if before is not None and before.canary is not None:
        ended = end_canary(model_dir, before.canary.version, "by_hand")
        if ended is None:
            raise CheckFailedError(_changed(model_dir))
        return ended
    if before is None or before.previous is None:
        live = f"version {before.current} is live" if before else "nothing is live"
        raise CheckFailedError(
            f"{model_dir}: there is no previous version to go back to; {live}. "
            "dynint promote makes a version live"
        )
    checked(model_dir, before.previous)
    with model_lock(model_dir):
        old = read_pointer(model_dir)
        if old != before:
            raise CheckFailedError(_changed(model_dir))
        pointer = Pointer(before.previous, before.current)
        write_pointer(model_dir, pointer)
    return pointer


def _changed(model_dir: Path) -> str:
    return f"{model_dir}: the pointer was changed by another process meanwhile; run this again"
