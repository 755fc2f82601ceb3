"""Stock faster-whisper as anybody would call it: the yardstick."""

from pathlib import Path

from faster_whisper import WhisperModel

from core.models import PACKAGED
from core.speech.audio import Samples


class StockWhisper:
    """The packaged model under the library's own `transcribe`: beam 5, int8, its defaults for all the rest."""

    def __init__(self, name: str, threads: int) -> None:
        self._model = WhisperModel(str(PACKAGED[name]()), device="cpu", compute_type="int8", cpu_threads=threads)

    def transcribe(self, audio: Path | Samples) -> str:
        """A file or samples at 16 kHz. Where a decode looks bad the library tries again at higher temperatures."""
        return self._read(audio, {})

    def transcribe_once(self, audio: Path | Samples) -> str:
        """Like `transcribe` without the further tries."""
        return self._read(audio, {"temperature": 0.0})

    def _read(self, audio: Path | Samples, options: dict[str, float]) -> str:
        source = str(audio) if isinstance(audio, Path) else audio
        segments, _ = self._model.transcribe(source, language="en", beam_size=5, **options)
        return " ".join(segment.text for segment in segments)
