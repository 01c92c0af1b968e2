"""Tests of model.folding."""
