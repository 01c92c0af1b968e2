"""Simulated days: a log a day of a truth that drifts, and a retraining each night."""
