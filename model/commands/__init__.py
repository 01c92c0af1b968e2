"""The verbs of ``model``: each file declares one command's options and imports the work lazily."""
