"""The verbs of ``service``: one command a file, its work imported lazily."""
