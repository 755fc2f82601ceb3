"""The parts of the Evaluate page; nothing else of `core` uses `evals`."""
