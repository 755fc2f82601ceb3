"""Batch evaluation: sets of follow-up turns, runs over them, and the measures."""
