"""`python -m evals.record`: leads a speaker through prompts with this machine's microphone and writes a set to run.

The prompts are a manifest without its audio: each line has `utterance_id`, `dialogue_id`, `text`, `kind`, `dialogue`,
`context`, `bias_words` and `slices`. A set that was recorded before will do too, to be spoken by somebody else. What
the slices say about the old sound is left out, and so are utterances in which nobody speaks. After each utterance the
set is whole; the same command goes on with what is not recorded yet.
"""

import argparse
import io
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import soundfile as sf

from core.command import STOPPED, run_command
from core.errors import MicrophoneError, RunError
from core.speech.audio import SAMPLE_RATE, Clip
from core.speech.microphone import OpenStream, open_microphone, record_utterance
from evals.manifest import MANIFEST, Utterance, read_manifest, read_prompts
from evals.results import make_folder, write_text

SOURCE = "recorded with python -m evals.record"
SOUND_SLICES = {"accent", "noise", "snr_db", "voice_family"}
READY = "Enter records, s skips, q stops: "
RECORDED = "{:.1f} s. Enter keeps it, r repeats, s skips, q stops: "

Ask = Callable[[str], str]
"""Shows a question and returns the line that is typed; EOFError where there are no more lines."""


class Quit(Exception):
    """The speaker has had enough."""


@dataclass(frozen=True, slots=True)
class Booth:
    """Where one speaker sits: how to ask, and how to listen."""

    ask: Ask
    open_stream: OpenStream
    device: int | None = None

    def record(self) -> Clip:
        """One utterance.

        Raises:
            MicrophoneError: this machine cannot record, or nobody spoke.
        """
        print("listening…", flush=True)
        return record_utterance(device=self.device, open_stream=self.open_stream)

    def check(self) -> None:
        """Find out before anybody has read a prompt.

        Raises:
            MicrophoneError: this machine cannot record.
        """
        with self.open_stream(self.device):
            pass


def record_set(prompts: Path, folder: Path, speaker: str, booth: Booth) -> tuple[int, int]:
    """Record what is not recorded yet; returns how many prompts are, and how many there are.

    Raises:
        ManifestError: the prompts, or the set as far as it is recorded, are not as they should be.
        MicrophoneError: this machine cannot record.
        RunError: the folder cannot be written to.
    """
    wanted = [prompt for prompt in read_prompts(prompts) if prompt.kind != "no_speech"]
    done = _read_done(folder)
    rest = [prompt for prompt in wanted if prompt.utterance_id not in done]
    booth.check()
    make_folder(folder / "audio")
    try:
        for number, prompt in enumerate(rest, start=1):
            clip = _ask_for_clip(prompt, f"{number} of {len(rest)}", booth)
            if clip is not None:
                _keep(folder, prompt, clip, speaker)
    except (Quit, EOFError):
        print("Stopped.")
    done = _read_done(folder)
    return sum(prompt.utterance_id in done for prompt in wanted), len(wanted)


def main(arguments: Sequence[str] | None = None) -> int:
    """Record; returns the exit status."""
    options = _parser().parse_args(arguments)
    booth = Booth(input, open_microphone, options.device)
    try:
        count, total = record_set(options.prompts, options.out, options.speaker, booth)
    except KeyboardInterrupt:
        print("\nStopped. Finished utterances are kept; the same command goes on from there.", file=sys.stderr)
        return STOPPED
    print(f"{count} of {total} prompts are recorded; the same command goes on with the others.")
    if count:
        print(f"Next: python -m evals.run --manifest {options.out / MANIFEST} --out DIR")
    return 0


def _ask_for_clip(prompt: Utterance, heading: str, booth: Booth) -> Clip | None:
    """Show a prompt and record it until the speaker is content; None where it is skipped."""
    print(f"\n{heading}")
    for turn in prompt.dialogue:
        print(f"  {turn.speaker}: {turn.text}")
    print(f"  say: {prompt.text}", flush=True)
    clip: Clip | None = None
    while True:
        answer = booth.ask(READY if clip is None else RECORDED.format(clip.duration_s)).strip().lower()
        if answer == "q":
            raise Quit
        if answer == "s":
            return None
        if clip is not None and answer != "r":
            return clip
        clip = _try_to_record(booth)


def _try_to_record(booth: Booth) -> Clip | None:
    try:
        return booth.record()
    except MicrophoneError as error:
        print(error)
        return None


def _read_done(folder: Path) -> Mapping[str, Utterance]:
    path = folder / MANIFEST
    return {one.utterance_id: one for one in read_manifest(path)} if path.exists() else {}


def _keep(folder: Path, prompt: Utterance, clip: Clip, speaker: str) -> None:
    """Write the clip, then the line that names it: a line never lacks its clip."""
    path = folder / MANIFEST
    lines = path.read_text(encoding="utf-8") if path.exists() else ""
    # An utterance's id may hold what a file's name may not.
    audio = f"audio/{lines.count(chr(10)) + 1:04d}.flac"
    _write_flac(folder / audio, clip)
    line = json.dumps(_describe(prompt, clip, audio, speaker), ensure_ascii=False)
    write_text(path, f"{lines}{line}\n")


def _write_flac(path: Path, clip: Clip) -> None:
    encoded = io.BytesIO()
    sf.write(encoded, clip.samples, SAMPLE_RATE, format="FLAC", subtype="PCM_16")
    try:
        path.write_bytes(encoded.getvalue())
    except OSError as exc:
        raise RunError(f"{path} cannot be written: {exc.strerror}.") from exc


def _describe(prompt: Utterance, clip: Clip, audio: str, speaker: str) -> dict[str, Any]:
    """The line of the manifest."""
    return {
        "audio_filepath": audio,
        "duration": round(clip.duration_s, 4),
        "text": prompt.text,
        "utterance_id": prompt.utterance_id,
        "dialogue_id": prompt.dialogue_id,
        "speaker": speaker,
        "kind": prompt.kind,
        "dialogue": [asdict(turn) for turn in prompt.dialogue],
        "context": [asdict(item) for item in prompt.context],
        "bias_words": list(prompt.bias_words),
        "slices": {name: value for name, value in prompt.slices.items() if name not in SOUND_SLICES},
        "source": SOURCE,
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m evals.record", description="Record a set of follow-up turns with this machine's microphone."
    )
    parser.add_argument("--prompts", type=Path, required=True, metavar="FILE", help="a manifest; audio is not needed")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the set that is recorded")
    parser.add_argument("--speaker", default="speaker-1", metavar="NAME", help="who speaks (%(default)s)")
    parser.add_argument(
        "--device", type=int, help="number of the input device, see python -m core.speech.microphone --list"
    )
    return parser


if __name__ == "__main__":
    run_command(main)
