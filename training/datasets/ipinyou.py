"""iPinYou's bidding logs, in three layouts with one set of 16 fields, those of the benchmark.

- ``ipinyou``: ``train.log.txt`` of make-ipinyou-data: tabs, a header, 27 columns; the user agent is
  a system and a browser there, the floor price of the slot a number.
- ``ipinyou_csv``: the 16 fields and the click as CSV with a header; the price is a range.
- ``ipinyou_raw``: the contest's impression logs of its second and third season: tabs, 24 columns.
  The click comes before them as a column, or from the click logs, joined by bid id. The header may
  be there or not.

``null`` is a value like others; an empty column is a missing value, but for the raw user agent,
which becomes ``other_other``. Creative and advertiser are the
candidate's; user, page and slot, with its floor price, are the context.
"""

from training.datasets.column import Column
from training.datasets.delimited_format import DelimitedFormat
from training.datasets.rules import Rule, hour_of_day, os_browser, price_range, weekday

LAYOUT = "YYYYMMDDHH#######"

_CANDIDATE = {"creative", "advertiser"}
_FIELDS = (
    "weekday", "hour", "useragent", "IP", "region", "city", "adexchange", "domain", "slotid",
    "slotwidth", "slotheight", "slotvisibility", "slotformat", "creative", "advertiser",
    "slotprice",
)  # fmt: skip
_RAW = (
    "bidid", "timestamp", "logtype", "ipinyouid", "useragent", "ip", "region", "city", "adexchange",
    "domain", "url", "urlid", "slotid", "slotwidth", "slotheight", "slotvisibility", "slotformat",
    "slotprice", "creative", "bidprice", "payprice", "keypage", "advertiser", "usertag",
)  # fmt: skip


def _columns(made: dict[str, tuple[str, Rule | None]]) -> tuple[Column, ...]:
    """Make the 16 fields, some from other columns or by a rule."""
    return tuple(
        Column(
            name,
            "categorical",
            "candidate" if name in _CANDIDATE else "context",
            *made.get(name, ("", None)),
        )
        for name in _FIELDS
    )


IPINYOU = DelimitedFormat(
    name="ipinyou",
    about="train.log.txt of make-ipinyou-data: tabs, header, 16 of its 27 columns",
    columns=_columns({"slotprice": ("", price_range)}),
    separator="\t",
    header="first line",
    label="click",
    time_column="timestamp",
    time_layout=LAYOUT,
)

IPINYOU_CSV = DelimitedFormat(
    name="ipinyou_csv",
    about="the same 16 fields and the click as CSV with a header",
    columns=_columns({}),
    separator=",",
    header="first line",
    quoted=True,
    label="click",
)

IPINYOU_RAW = DelimitedFormat(
    name="ipinyou_raw",
    about="the same 16 fields from the contest's logs: tabs; a click column, or --clicks",
    columns=_columns(
        {
            "weekday": ("timestamp", weekday(LAYOUT)),
            "hour": ("timestamp", hour_of_day(LAYOUT)),
            "useragent": ("", os_browser),
            "IP": ("ip", None),
            "slotprice": ("", price_range),
        }
    ),
    separator="\t",
    header="if there",
    line_columns=("click", *_RAW),
    label="click",
    time_column="timestamp",
    time_layout=LAYOUT,
    key="bidid",
)
