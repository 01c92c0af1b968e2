"""Criteo-shaped logs with a planted click probability: the best possible score is known."""

from training.datasets.synthetic.bayes_meter import BayesMeter
from training.datasets.synthetic.generate_log import bayes_path, generate_log, truth_path
from training.datasets.synthetic.planted_truth import PlantedTruth

__all__ = ["BayesMeter", "PlantedTruth", "bayes_path", "generate_log", "truth_path"]
