"""Plots and vector graphics."""
