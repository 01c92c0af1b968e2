"""Tests of model.zoo."""
