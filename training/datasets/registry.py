"""Every log format, by name. To add one: a file beside this, and its line here."""

from model.errors import InvalidInputError
from training.datasets.criteo import CRITEO
from training.datasets.delimited_format import DelimitedFormat

FORMATS: dict[str, DelimitedFormat] = {entry.name: entry for entry in (CRITEO,)}


def log_format(name: str) -> DelimitedFormat:
    """Find a format by name.

    Raises:
        InvalidInputError: if there is none of that name.
    """
    if name not in FORMATS:
        raise InvalidInputError(
            f"format: must be one of {', '.join(sorted(FORMATS))}; received {name!r}"
        )
    return FORMATS[name]
