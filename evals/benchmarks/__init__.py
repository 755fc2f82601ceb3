"""What `python -m evals.bench` measures, one file a part of the system."""
