"""The verbs of ``training``: each file declares one command's options and imports the work lazily."""
