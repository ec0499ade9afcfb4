"""Trackers as observers: MLflow, TensorBoard and Weights & Biases follow a study, one run per trial."""
