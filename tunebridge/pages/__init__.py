"""Pages that need nothing else, and what stands on them: made of rows and arrays."""
