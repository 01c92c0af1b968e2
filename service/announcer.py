"""What the user of a terminal is told."""

import shlex

import orjson

from model.console import say
from service.release import Release
from service.settings import Settings


class Announcer:
    """Tells once where the gateway is and how to try it; later releases are in the log only.

    Args:
        url: the gateway's address.
        settings: what it runs with.
        admin_url: the address of what is administrative.
    """

    def __init__(self, url: str, settings: Settings, admin_url: str) -> None:
        self._url = url
        self._admin_url = admin_url
        self._settings = settings
        self._told = False

    def __call__(self, release: Release) -> None:
        """Tell of the first release that is live."""
        if self._told:
            return
        self._told = True
        redis = "no Redis" if self._settings.redis_url is None else "Redis"
        say(
            f"ready: {self._url} model {release.model} version {release.version} "
            f"({self._settings.scorer} scorer, {redis})"
        )
        say(f"page:  {self._url}/ has a form to try it, and shows how it does")
        body = orjson.dumps({"instances": [dict(release.example)]}).decode()
        key = "" if self._settings.api_keys_file is None else '-H "x-api-key: $KEY" '
        say(
            f"try:   curl -s {self._url}/predict {key}-H 'content-type: application/json' "
            f"-d {shlex.quote(body)}"
        )
        say(f"       {self._admin_url}/docs describes it, {self._admin_url}/metrics counts")
