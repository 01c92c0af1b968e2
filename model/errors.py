"""The project's errors, drawn here as one tree.

    DynIntError
    ├── InvalidInputError      bad input or usage: exit code 2
    │   └── FeatureError       one value of one field: 422 at the gateway
    │       ├── FieldTypeError
    │       └── UnknownFieldError
    ├── CheckFailedError       a check or a gate said no: exit code 1
    │   └── BundleError        a bundle that must not be loaded
    └── BusyError              another process is at it: exit code 3

An error's text names the argument, the rule and what was received, in that order.
"""


class DynIntError(Exception):
    """Base of every error this project raises on purpose."""

    exit_code = 1


class InvalidInputError(DynIntError, ValueError):
    """An argument, a file or a setting breaks a rule that its text names."""

    exit_code = 2


class FeatureError(InvalidInputError):
    """A request or a log row holds something that its FeatureSpec refuses.

    Args:
        field: name of the field.
        rule: what the field accepts.
        received: what came, as a type or a size; never the value itself.
    """

    def __init__(self, field: str, rule: str, received: str) -> None:
        super().__init__(f"field {field!r}: {rule}; received {received}")
        self.field = field
        self.rule = rule
        self.received = received


class FieldTypeError(FeatureError):
    """A value of a type that its field does not accept."""


class UnknownFieldError(FeatureError):
    """A field that the FeatureSpec does not know."""


class CheckFailedError(DynIntError):
    """A check or a gate said no."""

    exit_code = 1


class BundleError(CheckFailedError):
    """A bundle is incomplete, altered or not what its manifest says."""


class BusyError(DynIntError):
    """Another process does this already."""

    exit_code = 3
