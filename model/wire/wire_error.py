"""The error of this package."""

from model.errors import DynIntError


class WireError(DynIntError):
    """A message that cannot be written, or one received that is not what its own header says."""
