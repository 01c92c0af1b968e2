"""A trained model as one thing in memory and one folder on disk."""

from model.trained.trained_model import TrainedModel

__all__ = ["TrainedModel"]
