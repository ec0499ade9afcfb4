"""Pictures of pages: figures of matplotlib, drawn from arrays."""
