"""Cells in, statements out."""
