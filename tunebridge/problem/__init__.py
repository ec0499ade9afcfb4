"""The problem, and how its objective is evaluated."""
