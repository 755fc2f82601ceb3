"""What may be said next: signals, the embedding, the worker, the bias list."""
