"""The verbs of ``service``: each file declares one command's options and imports the work lazily."""
