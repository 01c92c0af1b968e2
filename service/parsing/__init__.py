"""From the bytes of a request to columns of values, with exact errors; no framework."""
