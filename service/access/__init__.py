"""Who may ask, and how much: API keys, limits, and what answers on which port."""
