"""The gateway: features to embedding rows to scorer to scores, over HTTP."""
