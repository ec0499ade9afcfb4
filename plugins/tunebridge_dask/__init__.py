"""Trials on a Dask cluster: the executor `dask`, of one's own machines or of a local cluster."""
