"""Criteo-shaped logs with a planted click probability: the best possible score is known."""

from training.datasets.synthetic.bayes_meter import BayesMeter
from training.datasets.synthetic.drift import Drift
from training.datasets.synthetic.generate_days import day_path, generate_days
from training.datasets.synthetic.generate_log import bayes_path, generate_log, truth_path
from training.datasets.synthetic.planted_truth import PlantedTruth

__all__ = [
    "BayesMeter",
    "Drift",
    "PlantedTruth",
    "bayes_path",
    "day_path",
    "generate_days",
    "generate_log",
    "truth_path",
]
