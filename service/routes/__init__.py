"""One file per group of paths: translate, delegate, translate back."""
