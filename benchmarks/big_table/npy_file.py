"""A ``.npy`` file that is written piece by piece."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np


@contextmanager
def npy_file(path: Path, dtype: str, shape: tuple[int, ...]) -> Iterator[BinaryIO]:
    """Write the header of an array; its numbers are written by the block, in order."""
    about = {"descr": np.dtype(dtype).str, "fortran_order": False, "shape": shape}
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, about)
        yield file
