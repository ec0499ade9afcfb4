"""Loads plugins, and knows what they registered."""
