"""Frappe's log of apps in use, as the open benchmark splits it.

Commas and a header: label, user, item, daytime, weekday, isweekend, homework, cost, weather,
country, city, each value a number that stands for itself. Item (the app) and cost (which goes with
the app) are the candidate's.
"""

from training.datasets.column import Column
from training.datasets.delimited_format import DelimitedFormat

_CANDIDATE = {"item", "cost"}
_NAMES = (
    "user", "item", "daytime", "weekday", "isweekend", "homework", "cost", "weather", "country",
    "city",
)  # fmt: skip

FRAPPE = DelimitedFormat(
    name="frappe",
    about="10 categorical columns of a CSV with header",
    columns=tuple(
        Column(name, "categorical", "candidate" if name in _CANDIDATE else "context")
        for name in _NAMES
    ),
    separator=",",
    header="first line",
    quoted=True,
)
