"""Tests of offline work that need no TensorFlow."""
