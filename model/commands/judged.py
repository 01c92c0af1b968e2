"""End a trial, for the reason that a gateway has if one has."""

from collections.abc import Sequence
from pathlib import Path

from model.bundle import Pointer, end_canary
from model.console import say
from model.errors import CheckFailedError


def end_judged(
    folder: Path, name: str, before: Pointer | None, gateways: Sequence[str]
) -> Pointer | None:
    """End the canary of the pointer, with the verdict and figures of a gateway that has judged against it.

    A gateway whose release root is read-only cannot write them down.

    Args:
        folder: ``ROOT/<model-name>``.
        name: the model's.
        before: the pointer.
        gateways: the address of each.

    Returns:
        The pointer that now stands; ``None`` if there is no gateway to ask or no canary: nothing was
        done then.

    Raises:
        InvalidInputError: if an address is of another form than ``http[s]://host[:port]``, or
            nothing can be written in the folder.
        CheckFailedError: if another process holds the lock, or has ended the trial meanwhile.
    """
    if not gateways:
        return None
    from model.rollout.gateway_look import gateway_address
    from model.rollout.gateway_verdict import find_verdict

    for url in gateways:
        gateway_address(url)
    if before is None or before.canary is None:
        return None
    version = before.canary.version
    found = find_verdict(gateways, name, version, say)
    if found is None:
        ended = end_canary(folder, version, "by_hand")
    else:
        say(f"canary: {found.judge} has judged against version {version}: {found.reason}")
        ended = end_canary(folder, version, found.reason, found.thresholds, found.figures)
    if ended is None:  # to go back now would be to go back from another version than was meant
        raise CheckFailedError(
            f"{folder}: the trial of version {version} was ended by another process meanwhile; "
            "run this again if the live version is bad too"
        )
    return ended
