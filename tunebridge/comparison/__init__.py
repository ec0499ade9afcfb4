"""Backends compared on the user's own problems."""
