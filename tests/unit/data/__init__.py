"""Logs, generator and preparation, without TensorFlow."""
