"""A run as one HTML page that needs nothing but itself: figures, every utterance with its sound, provenance."""
