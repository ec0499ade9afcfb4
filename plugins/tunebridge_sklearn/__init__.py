"""scikit-learn behind tunebridge: its random and grid search as backends."""
