"""What stands where ``dynint promote`` ended before its time, and how to undo it."""

from pathlib import Path

from model.bundle.announcement import Announcement
from model.bundle.pointer import CURRENT, Pointer, read_pointer
from model.console import say
from model.errors import DynIntError


def undoing(before: Pointer | None, pointer: Pointer, options: str) -> str:
    """Say how to undo a promotion.

    Args:
        before: the pointer that stood before.
        pointer: the one that stands.
        options: ``--root`` and ``--name``, for the advice.
    """
    if before is not None and before.current == pointer.current:
        return "it did before, so there is nothing to undo; this can be run again"
    if pointer.previous is None:
        return "no version was live before, so there is none to go back to; this can be run again"
    return f"dynint rollback {options} undoes that"


def take_back(announcement: Announcement) -> None:
    """Withdraw what was announced; if that fails, say so, and leave the error to why it was tried."""
    try:
        announcement.withdraw()
    except DynIntError as error:
        say(f"warning: model servers are still told of version {announcement.version}: {error}")


def tell_moved(folder: Path, before: Pointer | None, options: str) -> None:
    """Tell what the pointer names, if that is not what it named before.

    Args:
        folder: ``ROOT/<model-name>``.
        before: the pointer that stood before.
        options: ``--root`` and ``--name``, for the advice.
    """
    try:
        now = read_pointer(folder)
    except DynIntError as error:
        say(f"warning: {error}")
        return
    if now is None:
        return
    if before is None or now.current != before.current:
        say(f"{CURRENT} names version {now.current}: {undoing(before, now, options)}")
    elif now.canary is not None and now.canary != before.canary:
        say(
            f"{CURRENT} names version {now.canary.version} as the canary, with "
            f"{now.canary.share:.3g} of the requests: dynint rollback {options} ends it"
        )
