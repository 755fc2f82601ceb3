"""Contextual speech recognition: the dialogue tells the recogniser what might be said next."""
