"""What ``dynint bench serve`` is made of."""
