"""Stock faster-whisper as anybody would call it: the yardstick."""

from pathlib import Path

from faster_whisper import WhisperModel

from core.models import PACKAGED
from core.speech.audio import Samples


class StockWhisper:
    """A model under the library's own `transcribe`: beam 5, int8, its defaults for all the rest."""

    def __init__(self, name: str, threads: int) -> None:
        self.name = name
        folder = PACKAGED[name]() if name in PACKAGED else name
        self.whisper = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=threads)

    def transcribe(self, audio: Path | Samples, *, hotwords: str = "", initial_prompt: str = "") -> str:
        """A file or samples at 16 kHz, with what the library can be told of the context.

        Where a decode looks bad the library tries again at higher temperatures.
        """
        return self._read(audio, hotwords=hotwords or None, initial_prompt=initial_prompt or None)

    def transcribe_once(self, audio: Path | Samples) -> str:
        """Like `transcribe` without context and without the further tries."""
        return self._read(audio, temperature=0.0)

    def _read(self, audio: Path | Samples, **options: float | str | None) -> str:
        source = str(audio) if isinstance(audio, Path) else audio
        segments, _ = self.whisper.transcribe(source, language="en", beam_size=5, **options)
        return " ".join(segment.text.strip() for segment in segments)
