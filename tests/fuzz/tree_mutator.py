"""Changes to a body that leave it JSON, most of the time."""

import json
from copy import deepcopy
from random import Random
from typing import Any

from tests.fuzz.telling_release import KNOWN, SPEC

_NAMES = [*sorted(KNOWN), "instances", "context", "candidates", "columns", "nobody", "a/b~c", ""]
_VALUES: list[Any] = [
    *(None, True, False, "", "a", "3", "ann", "é\0", [], {}, [{}], [[]], {"user": 1}),
    *(0, -0.0, 1, 1.0, 2**53 + 1, 2**63, 2**64 - 1, 2**64, -(2**63) - 1, 10**300, 1e308, 5e-324),
    *(1.8446744073709552e19, -9.223372036854775808e18, "x" * 129, "0", 7, -7),
]
_NUMBERS: list[Any] = [None, "", 0, -0.0, 1, 1.0, 2.5, 7, 2**63, 2**64 - 1, 1e308, 5e-324, 2.0**64]
_LEVELS: list[Any] = [None, "", "a", "ann", "é\0", "7", 7, -7, 0, 2**64 - 1, "x" * 129]
_FITTING = {field.name: _NUMBERS if field.kind == "numeric" else _LEVELS for field in SPEC.fields}


def mutate(body: bytes, seed: int) -> bytes | None:
    """Change one to four places of a body; ``None`` if it is not JSON.

    Args:
        body: JSON.
        seed: the same one makes the same changes.
    """
    random = Random(seed)
    try:
        tree = [json.loads(body)]
    except (ValueError, RecursionError):
        return None
    for _ in range(random.randint(1, 4)):
        place = _containers(tree)
        _change(random.choice(place), random)
    try:
        text = json.dumps(tree[0], ensure_ascii=random.random() < 0.5)
    except RecursionError:
        return None
    return text.encode("utf-8", "surrogatepass")


def _containers(tree: list[Any]) -> list[Any]:
    """List the arrays and objects, the outermost first."""
    found: list[Any] = [tree]
    for each in found:
        values = each.values() if isinstance(each, dict) else each
        found += [value for value in values if isinstance(value, dict | list)]
        if len(found) > 200:
            break
    return found


def _value(random: Random, name: str = "") -> Any:
    """Choose a value: for a field mostly one that it takes, so that others are looked at too."""
    fitting = _FITTING.get(name)
    if fitting is not None and random.random() < 0.8:
        return random.choice(fitting)
    return deepcopy(random.choice(_VALUES))


def _change(place: Any, random: Random) -> None:
    choice = random.random()
    if isinstance(place, dict):
        names = list(place)
        if not names or choice < 0.4:
            name = random.choice(_NAMES if random.random() < 0.3 else SPEC.names)
            place[name] = _value(random, name)
        elif choice < 0.7:
            name = random.choice(names)
            place[name] = _value(random, name)
        elif choice < 0.85:
            del place[random.choice(names)]
        else:
            name = random.choice(names)
            place[random.choice(_NAMES)] = place.pop(name)
    elif not place or choice < 0.3:
        place.append(_value(random))
    elif choice < 0.6:
        place[random.randrange(len(place))] = _value(random)
    elif choice < 0.8:
        place += deepcopy(place[: random.randint(1, 4)])
    elif len(place) > 1:
        del place[random.randrange(len(place))]
