"""Feedback while a trial trains: rules, changes, replays."""
