"""The report of a comparison: one page that says everything, or the same as Markdown."""
