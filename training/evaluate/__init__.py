"""Evaluation: metrics, calibration by level, plots, the report."""
