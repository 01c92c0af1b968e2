"""Parts of ``dynint bench fold``."""
