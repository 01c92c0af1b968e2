"""Which path answers on which port, and which need no key."""

ADMIN = frozenset(
    {"/metrics", "/healthz", "/openapi.json", "/docs", "/docs/docs.js", "/docs/docs.css"}
)
"""For those who run the gateway: at the admin port only, where there is one."""

BOTH = frozenset({"/livez", "/readyz", "/v1/models"})
"""At both ports: probes, and what ``dynint promote --gateway`` asks."""

OPEN = frozenset({"/", "/livez", "/readyz"})
"""The page for people, and probes."""


PAGE = "/page/"
"""What the page at / is made of; a browser asks for these without a key."""


def is_open(path: str) -> bool:
    """Tell whether a path answers without a key, and without a limit."""
    return path in OPEN or path.startswith(PAGE)


def takes_head(path: str) -> bool:
    """Tell whether a path answers HEAD as it answers GET: load balancers and monitors ask so."""
    return path in OPEN


def is_here(path: str, at_admin: bool) -> bool:
    """Tell whether a path answers at one of two ports.

    Args:
        path: of the request.
        at_admin: whether it came to the admin port.
    """
    return path in ADMIN or path in BOTH if at_admin else path not in ADMIN
