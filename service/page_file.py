"""The files of the gateway's own pages, and what a browser may do with them."""

from functools import cache
from pathlib import Path

from fastapi.responses import Response

_STATIC = Path(__file__).parent / "static"
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-cache",
}


_TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
}


def page_file(name: str) -> Response:
    """Answer with a file of ``service/static``, always whole: a request for a range is not heeded.

    Nothing may come from another host, run inline, send a form or frame the page; nobody learns
    where a reader came from.

    Args:
        name: of the file below that folder; never a caller's.
    """
    return Response(_read(name), media_type=_TYPES[Path(name).suffix], headers=_HEADERS)


@cache
def _read(name: str) -> bytes:
    return (_STATIC / name).read_bytes()
