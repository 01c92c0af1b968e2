"""What the address of Redis may start with."""

SCHEMES = ("redis://", "rediss://", "unix://", "redis+cluster://", "rediss+cluster://")
"""Plain, TLS, a socket in the file system, and both kinds of Redis Cluster."""
