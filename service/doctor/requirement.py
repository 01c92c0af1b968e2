"""What an installed package requires, as its metadata says it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

_FORM = re.compile(r"(?P<name>[\w.-]+)\s*(?:\[[^]]*\])?\s*(?P<range>[^;]*?)\s*(?:;(?P<marker>.*))?")
_EXTRA = re.compile(r"extra\s*==\s*['\"]([\w-]+)['\"]")
_BOUND = re.compile(r"\s*(>=|<=|==|!=|<|>)\s*([\w.]+)\s*")


@dataclass(frozen=True)
class Requirement:
    """A package, the versions that will do, and the extra that asks for it.

    Attributes:
        name: of the package.
        range: such as ``>=2.21,<2.22``; empty if any will do.
        extra: empty if it is always needed.
    """

    name: str
    range: str
    extra: str = ""

    @classmethod
    def parse(cls, line: str) -> Self | None:
        """Read a ``Requires-Dist`` line; ``None`` if it is of another form than this project's."""
        found = _FORM.fullmatch(line.strip())
        if found is None:
            return None
        extra = _EXTRA.search(found["marker"] or "")
        return cls(found["name"], found["range"].strip("() "), extra[1] if extra else "")

    def allows(self, version: str) -> bool:
        """Tell whether a version will do."""
        return in_range(version, self.range)


def requirements(lines: Iterable[str], extras: frozenset[str]) -> Iterator[Requirement]:
    """List what is needed with some extras, each package once."""
    seen: set[tuple[str, str]] = set()
    for line in lines:
        each = Requirement.parse(line)
        if each is None or (each.extra and each.extra not in extras):
            continue
        if (each.name, each.range) not in seen:
            seen.add((each.name, each.range))
            yield each


def in_range(version: str, bounds: str) -> bool:
    """Tell whether a release number is within bounds such as ``>=3.11,<3.14``.

    Compared are the numbers between the dots; a suffix such as ``rc1`` or ``+cpu`` is left out.
    """
    ours = _numbers(version)
    for operator, bound in _BOUND.findall(bounds):
        theirs = _numbers(bound)
        width = max(len(ours), len(theirs))
        left = ours + (0,) * (width - len(ours))
        right = theirs + (0,) * (width - len(theirs))
        holds = {
            ">=": left >= right,
            "<=": left <= right,
            ">": left > right,
            "<": left < right,
            "==": left == right,
            "!=": left != right,
        }
        if not holds[operator]:
            return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    found = re.match(r"\d+(\.\d+)*", version)
    return tuple(map(int, found[0].split("."))) if found else ()
