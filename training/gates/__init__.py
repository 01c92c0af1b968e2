"""What a candidate must pass before it may go live."""
