"""One GET over HTTP, bounded in time and size."""

import http.client
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, ProxyHandler, build_opener

from model.errors import InvalidInputError

_MOST_BYTES = 16 * 2**20


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


_OPENER = build_opener(_NoRedirect, ProxyHandler({}))


def get(url: str, seconds: float) -> tuple[int, bytes]:
    """Ask once, by no proxy; returns status and body.

    Raises:
        InvalidInputError: if ``url`` is none of http or https.
        OSError: if there is no HTTP answer in time.
    """
    if not url.startswith(("http://", "https://")):
        raise InvalidInputError(f"--gateway: must be http://HOST:PORT; received {url[:80]!r}")
    try:
        with _OPENER.open(url, timeout=seconds) as answer:
            return answer.status, answer.read(_MOST_BYTES)
    except HTTPError as error:
        with error:
            return error.code, error.read(_MOST_BYTES)
    except URLError as error:
        raise OSError(str(getattr(error.reason, "strerror", None) or error.reason)) from error
    except (http.client.HTTPException, ValueError) as error:
        raise OSError(f"no HTTP answer ({type(error).__name__})") from error
