"""Parameters, spaces, and their params as plain data."""
