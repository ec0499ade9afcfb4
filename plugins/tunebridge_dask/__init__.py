"""Trials on a Dask cluster: the executor `dask`, of one's own machines or of a local cluster."""

fingerprint_version = 1
"""Its code is not compared when a stored study goes on: its objectives state versions of their own."""
