"""The border to terminals and logs: what others wrote is shown there, and does nothing."""
