"""hyperopt behind tunebridge: tpe, anneal and random as backends."""

fingerprint_version = 1
"""Its code is not compared when a stored study goes on: its objectives state versions of their own."""
