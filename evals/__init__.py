"""Batch evaluation: sets of follow-up turns, runs over them, and the measures."""

import core as core  # before anything else: what it sets in the environment is read when libraries are loaded
