"""Inputs that nobody thought of: targets, their seeds, and the commands that run them."""
