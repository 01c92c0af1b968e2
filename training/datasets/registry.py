"""Every log format, by name. To add one: a file beside this, and its line here."""

from collections.abc import Sequence
from pathlib import Path

from model.errors import InvalidInputError
from training.datasets.avazu import AVAZU
from training.datasets.base_format import LogFormat
from training.datasets.criteo import CRITEO
from training.datasets.described import DESCRIPTION, described_format
from training.datasets.frappe import FRAPPE
from training.datasets.ipinyou import IPINYOU, IPINYOU_CSV, IPINYOU_RAW

FORMATS: dict[str, LogFormat] = {
    entry.name: entry for entry in (CRITEO, AVAZU, IPINYOU, IPINYOU_CSV, IPINYOU_RAW, FRAPPE)
}


def log_format(name: str, logs: Sequence[Path] = ()) -> LogFormat:
    """Find a format by name, or read its description.

    Args:
        name: one of ``FORMATS``, or the path of a TOML file.
        logs: what is to be read; a description is completed by the first one's columns.

    Raises:
        InvalidInputError: if there is none of that name, or the description breaks a rule.
        FileNotFoundError: if the description, or the first log, is not there.
    """
    if name.endswith(DESCRIPTION):
        return described_format(Path(name), logs)
    if name not in FORMATS:
        raise InvalidInputError(
            f"format: must be one of {', '.join(FORMATS)}, or a TOML file that describes "
            f"the log (NAME{DESCRIPTION}); received {name!r}"
        )
    return FORMATS[name]
