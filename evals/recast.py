"""`python -m evals.recast --manifest FILE --out DIR`: a set's answers spoken again, by other voices in other noise.

Of forty sound-alikes one is 2.5 %, whoever happened to say it. So each answer of one kind to a short list is said
several times more: voice, pace and noise are drawn as for the shipped sets, from the same split. The dialogues are the
same, and intervals are over dialogues, so more clips tell more of voices and noise, not of names.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from core.command import run_command
from evals.corpus.casting import cast
from evals.corpus.clips import make_clip
from evals.corpus.noise import Samples
from evals.corpus.texts import FollowUp, Split
from evals.corpus.voices import open_voice
from evals.derived import make_parser, tell_made, write_spoken
from evals.manifest import Kind, Utterance, read_manifest

KINDS: tuple[Kind, ...] = ("positive", "anti", "sound_alike", "no_context")
TIMES = 4


def make_set(manifest: Path, split: Split, kind: Kind, times: int, out: Path) -> int:
    """Write the set; returns how many utterances it has.

    Raises:
        ManifestError: the set cannot be used.
        ModelError: a voice is missing.
        RunError: `out` is there already or cannot be written.
    """

    def say(one: Utterance) -> Samples:
        return make_clip(FollowUp(one.utterance_id, kind, say=one.text, **asdict(cast(one.utterance_id, split))))

    fitting = [one for one in read_manifest(manifest) if _fits(one, split, kind)]
    return write_spoken([again for one in fitting for again in _recast(one, split, times)], say, out)


def _fits(one: Utterance, split: Split, kind: Kind) -> bool:
    """Of long lists the clips are those of short ones; a set of one's own need not tell how long its lists are."""
    is_long = one.slices.get("list_size", "small") not in ("small", "none")
    return one.kind == kind and one.slices.get("split") == split and not is_long


def _recast(one: Utterance, split: Split, times: int) -> Iterator[Utterance]:
    for number in range(1, times + 1):
        utterance_id = f"{one.utterance_id}-again-{number}"
        role = cast(utterance_id, split)
        facts = open_voice(role.voice).facts
        slices = {key: value for key, value in one.slices.items() if key != "snr_db"}
        slices |= {"voice_family": facts.family, "accent": facts.accent, "noise": role.noise}
        slices |= {} if role.snr_db is None else {"snr_db": role.snr_db}
        yield replace(
            one,
            utterance_id=utterance_id,
            audio_filepath=f"{utterance_id}.flac",
            speaker=role.voice,
            slices=slices,
            source=facts.source,
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the set; returns the exit status."""
    parser = make_parser("evals.recast", __doc__ or "")
    parser.add_argument("--kind", choices=KINDS, default="positive", help="default: positive")
    parser.add_argument("--times", type=int, default=TIMES, metavar="N", help="how often each; default: %(default)d")
    options = parser.parse_args(arguments)
    return tell_made(make_set(options.manifest, options.split, options.kind, options.times, options.out), options.out)


if __name__ == "__main__":
    run_command(main)
