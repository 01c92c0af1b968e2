"""Tests of model.bundle."""
