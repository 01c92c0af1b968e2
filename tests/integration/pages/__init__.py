"""The commands of the documentation are run."""
