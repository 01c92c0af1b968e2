"""Tests of model.layers."""
