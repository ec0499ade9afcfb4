"""What a comparison is to run."""
