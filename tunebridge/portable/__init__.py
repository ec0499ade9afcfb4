"""Records that can be pickled, whatever they hold."""
