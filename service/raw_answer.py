"""A problem as the bytes of an HTTP/1.1 answer, for requests that no application sees."""

from http import HTTPStatus

from service.problems import MEDIA_TYPE, Problem


def raw_answer(problem: Problem, request_id: str, close: bool = False) -> bytes:
    """Write a whole answer.

    Args:
        problem: the answer.
        request_id: the request's name.
        close: whether the connection ends with it.
    """
    body = problem.body(request_id)
    headers = {
        "content-type": MEDIA_TYPE,
        "content-length": str(len(body)),
        "cache-control": "no-store",
        **{name.lower(): value for name, value in problem.headers.items()},
        "x-request-id": request_id,
    }
    if close:
        headers["connection"] = "close"
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    phrase = HTTPStatus(problem.status).phrase
    return f"HTTP/1.1 {problem.status} {phrase}\r\n{lines}\r\n".encode() + body
