"""What an error is over HTTP: the only place of status codes, and RFC 9457's form."""

from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.exceptions import HTTPException

from service import errors

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem.

    Attributes:
        status: the HTTP status.
        slug: last part of the problem's type, ``urn:dynint:problem:<slug>``.
        title: the kind in words.
        linger: whether a client that still sends its body is listened to for a while.
        keep: whether a body that comes soon is passed over first, so that the connection lives on.
    """

    status: int
    slug: str
    title: str
    linger: bool = True
    keep: bool = False

    @property
    def type(self) -> str:
        """The problem's type, a URI."""
        return f"urn:dynint:problem:{self.slug}"


INTERNAL = Kind(500, "internal", "The gateway failed; this is a bug")

# The first class that fits decides: subclasses stand before their parents.
KINDS: dict[type[Exception], Kind] = {
    errors.MalformedRequestError: Kind(400, "malformed-request", "The request is not HTTP/1.1"),
    errors.SlowHeadersError: Kind(408, "slow-headers", "The headers did not arrive in time"),
    errors.HeadersTooLargeError: Kind(431, "headers-too-large", "The headers are too large"),
    errors.MalformedBodyError: Kind(400, "malformed-body", "The body is not JSON"),
    errors.SlowBodyError: Kind(408, "slow-body", "The body did not arrive in time", linger=False),
    errors.BodyTooLargeError: Kind(413, "body-too-large", "The body is too large"),
    errors.ContentTypeError: Kind(415, "content-type", "The body is not declared as JSON"),
    errors.NoKeyError: Kind(401, "no-key", "The request has no API key"),
    errors.UnknownKeyError: Kind(403, "unknown-key", "The API key is not known"),
    errors.RateLimitError: Kind(429, "rate-limit", "The caller is over a limit", keep=True),
    errors.InvalidQueryError: Kind(422, "invalid-query", "The request breaks the schema"),
    errors.NotReadyError: Kind(503, "not-ready", "No release is loaded"),
    errors.EndingError: Kind(503, "ending", "The gateway is about to end"),
    errors.OverloadedError: Kind(503, "overloaded", "The service has too much to do"),
    errors.TableError: Kind(503, "table-unavailable", "The embedding table cannot be read"),
    errors.ScoreError: Kind(503, "no-probability", "The model gave no usable score"),
    errors.ScorerUnavailableError: Kind(503, "scorer-unavailable", "The scorer is not available"),
    errors.DeadlineError: Kind(504, "deadline", "The request's time is up"),
    errors.ScorerRefusedError: INTERNAL,
}

ROUTING = {
    404: Kind(404, "not-found", "There is nothing at this path"),
    405: Kind(405, "method-not-allowed", "The path does not take this method"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """An answer that says what is wrong.

    Attributes:
        kind: status, type and title.
        detail: what is wrong here and what to do; never the caller's input.
        headers: further headers of the response.
        members: further members of the body.
    """

    kind: Kind
    detail: str
    headers: dict[str, str] = field(default_factory=dict)
    members: dict[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.kind.status

    @property
    def is_failure(self) -> bool:
        """Tell whether it is ours, not the caller's."""
        return self.kind.status >= 500

    @property
    def is_bug(self) -> bool:
        """Tell whether nobody foresaw it."""
        return self.kind is INTERNAL

    def body(self, request_id: str) -> bytes:
        """Write the JSON object."""
        content = {
            "type": self.kind.type,
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail,
            "request_id": request_id,
        }
        return orjson.dumps(content | self.members)


def problem_of(error: Exception) -> Problem:
    """Turn any error into a problem; of one that nobody foresaw nothing is told."""
    if isinstance(error, HTTPException):
        return _routing_problem(error)
    kind = next((kind for cls, kind in KINDS.items() if isinstance(error, cls)), INTERNAL)
    if kind is INTERNAL:
        return Problem(kind, "Report it with the request_id; the log has the cause.")
    headers: dict[str, str] = {}
    members: dict[str, Any] = {}
    if isinstance(error, errors.NoKeyError):
        headers["WWW-Authenticate"] = 'Bearer realm="dynint"'
    if isinstance(error, errors.UnavailableError | errors.RateLimitError):
        headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, errors.InvalidQueryError):
        members["errors"] = [violation._asdict() for violation in error.violations]
        members["more_errors"] = error.more
    return Problem(kind, str(error), headers, members)


def _routing_problem(error: HTTPException) -> Problem:
    kind = ROUTING.get(error.status_code)
    if kind is None:
        kind = Kind(error.status_code, "http", "The request cannot be answered")
    what = "GET /docs lists the paths and their methods (at the admin port, where there is one)."
    return Problem(kind, what, dict(error.headers or {}))
