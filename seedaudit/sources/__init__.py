"""Where papers come from: what the user typed -> bytes and metadata."""
