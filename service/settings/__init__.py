"""The gateway's settings, by concern; ``Settings`` is all of them."""

from service.settings.settings import Settings

__all__ = ["Settings"]
