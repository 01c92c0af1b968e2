"""Penalties added to the loss in training."""

from model.losses.cosine_penalty import cosine_penalty

__all__ = ["cosine_penalty"]
