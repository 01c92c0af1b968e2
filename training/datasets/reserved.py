"""Columns of prepared data that are not fields."""

ROW = "row"
LABEL = "label"
BAYES = "bayes_probability"

RESERVED = (ROW, LABEL, BAYES)
"""No field may have one of these names."""
