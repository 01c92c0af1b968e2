"""Where embedding rows come from: L1 in process, then Redis, then the bundle's table."""
