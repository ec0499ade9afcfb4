"""The live view of a study: an observer that draws in a terminal or notebook, and prints lines elsewhere."""

from tunebridge.progress.observer import Progress

__all__ = ["Progress"]
