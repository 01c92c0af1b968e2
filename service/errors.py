"""The gateway's errors, drawn here as one tree. Their HTTP codes are in ``service.problems`` only.

DynIntError
└── ServiceError
    ├── RequestError                what the caller sent
    │   ├── MalformedRequestError   not HTTP
    │   ├── HeadersTooLargeError
    │   ├── SlowHeadersError        they did not arrive in time
    │   ├── MalformedBodyError      not JSON
    │   ├── SlowBodyError           it did not arrive in time
    │   ├── BodyTooLargeError
    │   ├── ContentTypeError
    │   ├── NoKeyError
    │   ├── UnknownKeyError         never known, or withdrawn
    │   ├── RateLimitError          the caller is over a limit
    │   └── InvalidQueryError       JSON that breaks rules, each with its place
    ├── UnavailableError            try again later
    │   ├── NotReadyError           no release is loaded
    │   ├── EndingError             the process ends before the answer is there
    │   ├── OverloadedError
    │   ├── TableError              the last embedding tier failed
    │   ├── ScorerUnavailableError
    │   │   └── VersionGoneError    the scorer does not serve this version (any more)
    │   └── ScoreError              a score that is no probability
    ├── DeadlineError               the request's time is up
    ├── ScorerRefusedError          the scorer says that our request is wrong: our bug
    └── CacheUnavailableError       a cache tier failed; never leaves the tiers
"""

from collections.abc import Sequence

from model.errors import DynIntError
from service.parsing.violation import Violation


class ServiceError(DynIntError):
    """Base of the gateway's errors."""


class RequestError(ServiceError):
    """The request cannot be answered as it is."""


class MalformedRequestError(RequestError):
    """What came over the connection is not HTTP/1.1."""


class HeadersTooLargeError(RequestError):
    """The request line and the headers are larger than the limit."""


class SlowHeadersError(RequestError):
    """The headers did not arrive in time."""


class MalformedBodyError(RequestError):
    """The body is not JSON."""


class SlowBodyError(RequestError):
    """The body did not arrive in time."""


class BodyTooLargeError(RequestError):
    """The body is larger than the limit."""


class ContentTypeError(RequestError):
    """The body is not declared as JSON."""


class NoKeyError(RequestError):
    """The request has no API key, and one is asked for."""


class UnknownKeyError(RequestError):
    """The request's API key is not, or no longer, known."""


class RateLimitError(RequestError):
    """The caller is over a limit.

    Args:
        text: the limit and what to do.
        limit: which one: ``requests`` or ``rows``.
        retry_after_s: when to try again, in seconds.
    """

    def __init__(self, text: str, limit: str, retry_after_s: int) -> None:
        super().__init__(text)
        self.limit = limit
        self.retry_after_s = retry_after_s


class InvalidQueryError(RequestError):
    """The body is JSON but breaks rules.

    Args:
        violations: some of the broken rules, each with its place.
        more: whether there may be others.
    """

    def __init__(self, violations: Sequence[Violation], more: bool = False) -> None:
        first = violations[0]
        super().__init__(f"{first.pointer}: {first.rule}; received {first.received}")
        self.violations = tuple(violations)
        self.more = more


class UnavailableError(ServiceError):
    """The request may succeed later.

    Args:
        text: what is wrong and what to do.
        retry_after_s: when to try again, in seconds.
    """

    def __init__(self, text: str, retry_after_s: int = 1) -> None:
        super().__init__(text)
        self.retry_after_s = retry_after_s


class NotReadyError(UnavailableError):
    """No release is loaded."""


class EndingError(UnavailableError):
    """The process ends: it says so at /readyz, and answers so what it does not wait for any longer."""


class OverloadedError(UnavailableError):
    """More requests are under way than are allowed."""


class TableError(UnavailableError):
    """The bundle's embedding table cannot be read."""


class ScorerUnavailableError(UnavailableError):
    """The scorer cannot be reached."""


class VersionGoneError(ScorerUnavailableError):
    """The scorer does not serve the version that it was asked for."""


class ScoreError(UnavailableError):
    """The scorer answered with something that is no probability."""


class DeadlineError(ServiceError):
    """The request's time is up."""


class ScorerRefusedError(ServiceError):
    """The scorer refused our request as wrong, or answered with something that cannot be read."""


class CacheUnavailableError(ServiceError):
    """A cache tier did not answer.

    Args:
        reason: one word for the counter, such as ``timeout``.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"cache: must answer within its budget; received {reason}")
        self.reason = reason
