"""A version on trial: who gets it, how it does beside the live one, and what ends it."""
