"""Conversations as tables: what is said, and what is answered."""

from core.assistant import Assistant, Pending
from core.dialogue import Reply


def hold(assistant: Assistant, *utterances: str) -> Reply:
    """Say one utterance after the other and return the last reply; a question and the microphone go together."""
    pending: Pending | None = None
    for utterance in utterances:
        reply, pending = assistant.reply(utterance, pending)
        assert reply.expects_speech == (pending is not None)
    return reply
