"""The models that tell voices apart, loaded together."""

from dataclasses import dataclass

from core.speech.anchoring import Encoder
from core.speech.speaker import SpeakerEncoder
from core.speech.voice_mask import VoiceMask


@dataclass(frozen=True, slots=True)
class VoiceModels:
    """encoder: who speaks between two pauses. mask: what of the sound is whose, where two speak at the same time."""

    encoder: Encoder
    mask: VoiceMask

    @classmethod
    def load(cls, threads: int) -> "VoiceModels":
        """Both.

        Raises:
            ModelError: a model is missing, or its weights are not the pinned ones.
        """
        return cls(SpeakerEncoder.load(threads), VoiceMask.load())
