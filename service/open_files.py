"""How many connections fit into the files that the process may have open."""

import resource

RESERVED = 128
"""Files of the process's own: Redis, model servers, tables, its log, listening sockets."""


def allow_connections(wanted: int) -> int:
    """Raise the process's limit of open files if it must be, as far as it may be.

    Returns:
        How many connections fit: those that are wanted, or fewer; at least one.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + RESERVED
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return wanted
    most = needed if hard == resource.RLIM_INFINITY else min(hard, needed)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    except (OSError, ValueError):  # such as more than the system has for anybody
        most = soft
    return max(most - RESERVED, 1)
