"""Log formats, one file each, and a generator of logs whose truth is known."""

from training.datasets.bad_line import BadLine
from training.datasets.base_format import LogFormat
from training.datasets.block import Block
from training.datasets.delimited_format import DelimitedFormat
from training.datasets.instances import read_instances
from training.datasets.registry import FORMATS, log_format

__all__ = [
    "FORMATS",
    "BadLine",
    "Block",
    "DelimitedFormat",
    "LogFormat",
    "log_format",
    "read_instances",
]
