"""The paper's studies of its settings, on one's own data."""
