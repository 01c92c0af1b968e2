"""Offline work: datasets, prepare, train, evaluate, publish, retrain."""
