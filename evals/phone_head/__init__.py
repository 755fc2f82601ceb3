"""Training of the small network that tells the phones of a clip, see `core.speech.phone_head`."""
