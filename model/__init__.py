"""What a model is: features, layers, zoo, optimizers, losses, folding, export, the bundle on disk."""
