"""Tests of model.optimizers."""
