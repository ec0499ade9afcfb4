"""Optuna's own loop with a sampler of tunebridge's in it: code written for Optuna, on any backend."""
