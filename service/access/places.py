"""Which path answers on which port, and which need no key."""

ADMIN = frozenset(
    {"/metrics", "/healthz", "/openapi.json", "/docs", "/docs/docs.js", "/docs/docs.css"}
)
"""For those who run the gateway: at the admin port only, where there is one."""

BOTH = frozenset({"/livez", "/readyz", "/v1/models"})
"""At both ports: probes, and what ``dynint promote --gateway`` asks."""

OPEN = frozenset({"/livez", "/readyz"})
"""Answered without a key, and without a limit."""


def is_here(path: str, at_admin: bool) -> bool:
    """Tell whether a path answers at one of two ports.

    Args:
        path: of the request.
        at_admin: whether it came to the admin port.
    """
    return path in ADMIN or path in BOTH if at_admin else path not in ADMIN
