"""What gateway and export agree on for float16 on the wire."""

SERVING_HALF = "serving_half"
"""Signature ``serving_default`` with ``embeddings`` in float16."""

RANK_HALF = "rank_half"
"""Signature ``rank`` with ``context`` and ``candidates`` in float16."""

HALF_ERROR = "half_max_probability_difference"
"""Key of a certificate: how far float16 moves a probability, in its sample; 1.0 if it overflows."""

HALF_LIMIT = 0.01
"""Largest such difference with which a gateway takes float16."""
