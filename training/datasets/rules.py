"""Rules by which a text of a log becomes another one, by names that a description may use."""

import re
from collections.abc import Callable
from datetime import datetime

from model.errors import InvalidInputError
from training.datasets.bad_line import shown

Rule = Callable[[str], str]
"""Makes a text from a text; an empty one is a missing value.

Raises:
    InvalidInputError: if it refuses the text.
"""

_PARTS = {
    "YYYY": r"(?P<year>[0-9]{4})",
    "YY": r"(?P<year>[0-9]{2})",
    "MM": r"(?P<month>[0-9]{2})",
    "DD": r"(?P<day>[0-9]{2})",
    "HH": r"(?P<hour>[0-9]{2})",
    "#": "[0-9]",
}
_PART = re.compile("YYYY|YY|MM|DD|HH|#")
_NEEDED = {"year", "month", "day", "hour"}

_SYSTEMS = ("windows", "ios", "mac", "android", "linux")
_BROWSERS = ("chrome", "sogou", "maxthon", "safari", "firefox", "theworld", "opera", "ie")


class TimeLayout:
    """Reads times that are written one way.

    Args:
        layout: ``YYYY`` or ``YY`` (of this century), ``MM``, ``DD`` and ``HH`` stand for digits,
            ``#`` for a digit that does not matter, everything else for itself:
            ``YYYY-MM-DD HH:##:##``.

    Raises:
        InvalidInputError: if the layout has not each of the four once.
    """

    def __init__(self, layout: str) -> None:
        self.layout = layout
        found = _PART.findall(layout)
        pattern, end = "", 0
        for part in _PART.finditer(layout):
            pattern += re.escape(layout[end : part.start()]) + _PARTS[part[0]]
            end = part.end()
        named = [part for part in found if part != "#"]
        if len(named) != len(_NEEDED) or len({part[0] for part in named}) != len(_NEEDED):
            raise InvalidInputError(
                "layout: must have a year (YYYY or YY), MM, DD and HH, each once; "
                f"received {layout!r}"
            )
        self._pattern = re.compile(pattern + re.escape(layout[end:]))
        self._century = 0 if "YYYY" in layout else 2000

    def read(self, text: str) -> datetime:
        """Read a time, to the hour.

        Raises:
            InvalidInputError: if it is written another way, or there is no such day or hour.
        """
        match = self._pattern.fullmatch(text)
        if match:
            year, month, day, hour = (int(match[part]) for part in ("year", "month", "day", "hour"))
            try:
                return datetime(self._century + year, month, day, hour)
            except ValueError:
                pass
        raise InvalidInputError(f"must be a time written {self.layout}; received {shown(text)}")

    def hour(self, text: str) -> str:
        """Name a time's hour, so that names sort as the hours do: ``2014-10-21T09``."""
        return self.read(text).isoformat(timespec="hours")


def weekday(layout: str) -> Rule:
    """Make the rule that gives a time's day of the week: ``0`` (Sunday) to ``6``; none of none."""
    times = TimeLayout(layout)
    return lambda text: str(times.read(text).isoweekday() % 7) if text else ""


def hour_of_day(layout: str) -> Rule:
    """Make the rule that gives a time's hour: ``00`` to ``23``; none of none."""
    times = TimeLayout(layout)
    return lambda text: f"{times.read(text).hour:02}" if text else ""


def os_browser(text: str) -> str:
    """Name the system and the browser of a user agent: ``windows_chrome``, ``other_other``.

    The first of each list that is anywhere in the text in lower case, as in the iPinYou benchmark;
    there a missing user agent is ``other_other`` too.
    """
    lower = text.lower()
    system = next((name for name in _SYSTEMS if name in lower), "other")
    browser = next((name for name in _BROWSERS if name in lower), "other")
    return f"{system}_{browser}"


def price_range(text: str) -> str:
    """Name the range of a price, a whole number: ``0``, ``1-10``, ``11-50``, ``51-100``, ``101+``.

    A missing price has none.

    Raises:
        InvalidInputError: if it is no whole number of 0 or more.
    """
    if not text:
        return ""
    if not (text.isascii() and text.isdigit()):
        raise InvalidInputError(f"must be a whole number of 0 or more; received {shown(text)}")
    digits = text.lstrip("0")
    price = int(digits or "0") if len(digits) <= 3 else 1000
    for most, name in ((0, "0"), (10, "1-10"), (50, "11-50"), (100, "51-100")):
        if price <= most:
            return name
    return "101+"


TIME_RULES: dict[str, Callable[[str], Rule]] = {"weekday": weekday, "hour_of_day": hour_of_day}
"""Rules that need a layout, by name."""

PLAIN_RULES: dict[str, Rule] = {"os_browser": os_browser, "price_range": price_range}
"""Rules that need nothing, by name."""
