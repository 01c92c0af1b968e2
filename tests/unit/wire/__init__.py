"""The wire without TensorFlow."""
