"""Wait until gateways answer with a version."""

import time
from collections.abc import Callable, Sequence

from model.errors import CheckFailedError
from model.rollout.gateway_look import Look, gateway_address, look

_PAUSE_S = 0.05

Ask = Callable[[str], list[Look]]
"""``look``, or what answers as it does."""


def require_open(gateways: Sequence[str], ask: Ask = look) -> None:
    """Look at each gateway once; one that cannot be reached may be there in time.

    Args:
        gateways: the address of each.
        ask: looks at one.

    Raises:
        InvalidInputError: if one is of another form than ``http[s]://host[:port]``.
        CheckFailedError: if one answers with 401, 403 or 404, which no waiting changes.
    """
    for gateway in gateways:
        for said in ask(gateway):
            if said.refusal:
                raise CheckFailedError(f"--gateway: must say which version is live; {said.refusal}")


def wait_live(
    gateways: Sequence[str],
    model: str,
    version: str,
    wait_s: float,
    tell: Callable[[str], None] = lambda text: None,
    ask: Ask = look,
    undo: str = "dynint rollback undoes that",
) -> dict[str, float]:
    """Ask ``GET /v1/models`` of every gateway until each says that a version is live.

    Args:
        gateways: the address of each; of a name with several addresses each must say so.
        model: its name.
        version: its digits.
        wait_s: longest time for all of them, in seconds.
        tell: is told of each that answers with it.
        ask: looks at one.
        undo: what is said of the pointer, which names the version, if one does not follow.

    Returns:
        How long it took until each one did, in seconds, by address.

    Raises:
        InvalidInputError: if one is of another form than ``http[s]://host[:port]``.
        CheckFailedError: naming those that do not in time, and what they said last; at once if one
            answers with 401, 403 or 404.
    """
    begun = time.monotonic()
    for gateway in gateways:
        gateway_address(gateway)
    missing, took = dict.fromkeys(gateways, "nothing yet"), dict[str, float]()
    wanted = f"version {version}"
    while True:
        refused = ""
        for gateway in list(missing):
            said = {each.address: _live(each, model) for each in ask(gateway)}
            refused = refused or next((text for text, final in said.values() if final), "")
            others = {name: text for name, (text, _) in said.items() if text != wanted}
            missing[gateway] = ", ".join(
                text if name == gateway else f"{name.removeprefix(gateway).strip()} {text}"
                for name, text in others.items()
            )
            if not others:
                del missing[gateway]
                took[gateway] = round(time.monotonic() - begun, 3)
                tell(f"{gateway}: version {version} is live after {took[gateway]:.2f} s")
        if not missing:
            return took
        if refused or time.monotonic() - begun >= wait_s:
            received = refused or "; ".join(f"{each}: {text}" for each, text in missing.items())
            raise CheckFailedError(
                f"--gateway: must say within {wait_s:g} s that version {version} of {model!r} is "
                f"live; received {received}. current.json names it: {undo}"
            )
        time.sleep(_PAUSE_S)


def _live(said: Look, model: str) -> tuple[str, bool]:
    """Tell the live version or what is in the way, and whether that stays so."""
    if said.refusal:
        return said.refusal, True
    if said.trouble:
        return said.trouble, False
    if model not in said.models:
        return f"no model {model!r}", False
    return f"version {said.models[model].get('version')}", False
