"""Paired comparisons of backends: studies, statistics, reports."""
