"""From a raw log to ids, a vocabulary, splits and a data card."""

from training.prepare.pipeline import prepare
from training.prepare.prepare_generated import prepare_generated
from training.prepare.split import SPLITS, Split

__all__ = ["SPLITS", "Split", "prepare", "prepare_generated"]
