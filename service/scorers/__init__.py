"""From embedding rows to probabilities: in this process, or in a model server."""
