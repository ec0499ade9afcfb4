"""Studies as stores keep them: written, read, brought back."""
