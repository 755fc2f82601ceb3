"""A set of four clips and a real run over it: one gain, one regression, two turns that context leaves alone."""

import shutil
from pathlib import Path

import soundfile as sf

from core.settings import Settings
from core.speech.audio import SAMPLE_RATE, decode_clip
from core.speech.voice import Voice
from evals.plan import RunPlan
from evals.run import run_set
from evals.score import score_run
from tests.evals.builders import Line, manifest_line, write_set
from tests.paths import CALL_MEG

MEG = [{"signal": "contacts", "text": "Meg Jones"}, {"signal": "contacts", "text": "Meg Bauer"}]
KITCHEN = "Turn on the kitchen lights."
GAIN, REGRESSION, ANTI, NO_CONTEXT = "gain", "regression", "anti", "no-context"


def make_small_set(folder: Path) -> Path:
    """Write the set; returns its manifest. The regression is the clip of the gain, as if somebody had said power."""
    (folder / "audio").mkdir(parents=True)
    shutil.copy(CALL_MEG / "turn_1.flac", folder / "audio" / "call.flac")
    shutil.copy(CALL_MEG / "turn_2.flac", folder / "audio" / "bauer.flac")
    sf.write(folder / "audio" / "kitchen.flac", decode_clip(Voice().speak(KITCHEN).wav).samples, SAMPLE_RATE)
    return write_set(folder, [
        line(GAIN, "bauer", "Bauer.", kind="positive", bias_words=["Bauer"], slices={"accent": "en-US"}),
        line(NO_CONTEXT, "call", "Call Meg.", kind="no_context", context=[], dialogue=[]),
        line(REGRESSION, "bauer", "Power.", kind="sound_alike", slices={"accent": "<b>en</b>"}),
        line(ANTI, "kitchen", KITCHEN, kind="anti"),
    ])  # fmt: skip


def line(name: str, clip: str, text: str, **changes: object) -> Line:
    """A line of the manifest; each utterance is a dialogue of its own."""
    fields = {"audio_filepath": f"audio/{clip}.flac", "text": text, "context": MEG, "bias_words": [], "slices": {}}
    return manifest_line(1, utterance_id=name, dialogue_id=name, **(fields | changes))


def make_small_run(manifest: Path, folder: Path) -> Path:
    """Recognise the set with the real models, and measure it."""
    run_set(RunPlan(manifest, folder, Settings()))
    score_run(folder)
    return folder
