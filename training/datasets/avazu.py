"""Avazu's click logs.

Commas and a header: id, click, hour (YYMMDDHH), C1, banner_pos, site, app and device, C14 to C21.
The fields are all but id, click and hour; the calendar makes two more of the hour.

What an exchange knows before it looks at ads is the context: the slot, site, app and device, C1,
and C20, which takes many values with one and the same C14. C14 to C19 and C21 come with the ad:
nearly every value of C14, the finest of them, has one value of each of the others.
"""

from training.datasets.column import Column
from training.datasets.delimited_format import DelimitedFormat
from training.datasets.rules import hour_of_day, weekday

LAYOUT = "YYMMDDHH"

_AD = {"C14", "C15", "C16", "C17", "C18", "C19", "C21"}
_NAMES = (
    "C1", "banner_pos", "site_id", "site_domain", "site_category", "app_id", "app_domain",
    "app_category", "device_id", "device_ip", "device_model", "device_type", "device_conn_type",
    "C14", "C15", "C16", "C17", "C18", "C19", "C20", "C21",
)  # fmt: skip

AVAZU = DelimitedFormat(
    name="avazu",
    about="21 categorical columns of a CSV with header; --calendar adds weekday and hour_of_day",
    columns=tuple(
        Column(name, "categorical", "candidate" if name in _AD else "context") for name in _NAMES
    ),
    calendar=(
        Column("weekday", "categorical", "context", "hour", weekday(LAYOUT)),
        Column("hour_of_day", "categorical", "context", "hour", hour_of_day(LAYOUT)),
    ),
    separator=",",
    header="first line",
    quoted=True,
    label="click",
    time_column="hour",
    time_layout=LAYOUT,
)
