"""A table larger than memory: how it is made, served and measured."""
