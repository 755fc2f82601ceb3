"""Training of the voice mask: what is said, how it is mixed, and the network that learns from it."""
