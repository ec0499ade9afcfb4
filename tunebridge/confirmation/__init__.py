"""Confirms winners: the finalists of a study run again with fresh seeds, in pairs."""
