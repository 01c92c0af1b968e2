"""The demo: the project's own commands, one after the other, on a generated log."""
