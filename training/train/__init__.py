"""Training: configuration, input pipeline, step, loop, checkpoints, curves."""
