"""What an objective receives, and what is kept of it."""
