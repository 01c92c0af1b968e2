"""The targets by name."""

from collections.abc import Callable

from tests.fuzz.body_target import BodyTarget
from tests.fuzz.head_target import HeadTarget
from tests.fuzz.parser_target import ParserTarget

Target = ParserTarget | HeadTarget | BodyTarget

TARGETS: dict[str, Callable[[], Target]] = {
    "body": BodyTarget,
    "head": HeadTarget,
    "parser": ParserTarget,
}
