"""Speed, measured side by side: each command prints one JSON object."""
