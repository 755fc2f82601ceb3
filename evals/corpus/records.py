"""What is written down about each clip: a line of the manifest, and where it came from."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import soundfile as sf

from core.models import file_sha256
from evals.corpus.clips import SPEECH_LEVEL_DBFS
from evals.corpus.names import MAX_ITEMS
from evals.corpus.texts import Dialogue, FollowUp
from evals.corpus.voices import open_voice

COMMAND = "python -m evals.corpus"
TEXTS = "written for this project, Apache-2.0"
NO_VOICE_SOURCE = "made by this project without a voice, Apache-2.0"
NOT_RECORDED = {"entity", "form", "homophone", "clip"}  # the manifest says it

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Item:
    """One clip of the set: a follow-up within its dialogue."""

    dialogue: Dialogue
    follow_up: FollowUp

    @property
    def id(self) -> str:
        """The utterance id."""
        return self.follow_up.id

    @property
    def audio(self) -> str:
        """The audio file's path within the set."""
        return f"audio/{self.follow_up.clip_id}.flac"

    @property
    def has_own_clip(self) -> bool:
        """Whether the clip is made for this one, and not borrowed from another."""
        return self.follow_up.clip_id == self.id


def describe_utterance(item: Item, folder: Path) -> Record:
    """The line of the manifest; the duration, in seconds, is read from the clip."""
    return {
        "audio_filepath": item.audio,
        "duration": round(sf.info(folder / item.audio).duration, 3),
        "text": item.follow_up.say,
        "utterance_id": item.id,
        "dialogue_id": item.dialogue.id,
        "speaker": item.follow_up.voice,
        "kind": item.follow_up.kind,
        "dialogue": [asdict(turn) for turn in item.dialogue.turns],
        "context": [asdict(one) for one in item.dialogue.context],
        "bias_words": item.follow_up.bias_words,
        "slices": _slices(item),
        "source": describe_source(item.follow_up.voice),
    }


def describe_origin(item: Item, folder: Path) -> Record:
    """How the clip was made, with the versions that made it and the sha256 of its file."""
    said = {key: value for key, value in asdict(item.follow_up).items() if key not in NOT_RECORDED}
    voice = item.follow_up.voice
    return {
        **said,
        "source": describe_source(voice),
        "made_with": describe_versions(voice),
        "sha256": file_sha256(folder / item.audio),
    }


def describe_source(voice: str) -> str:
    """Voice, origin and licence."""
    return open_voice(voice).facts.source if voice else NO_VOICE_SOURCE


def describe_versions(voice: str) -> dict[str, str]:
    """The version of everything that shapes a clip of this voice."""
    libraries = {name: metadata.version(name) for name in ("numpy", "scipy", "soundfile")}
    made_with = open_voice(voice).facts.made_with if voice else {}
    return {**libraries, "libsndfile": sf.__libsndfile_version__, **made_with}


def write_manifest(lines: Iterable[Record], folder: Path) -> None:
    """`manifest.jsonl`, one object a line."""
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (folder / "manifest.jsonl").write_text(text, encoding="utf-8")


def write_provenance(origins: Sequence[Record], dropped: Mapping[str, str], folder: Path) -> None:
    """`provenance.json`: the command, all clips, and which answers were left out and why."""
    content = {
        "command": COMMAND,
        "texts": TEXTS,
        "speech_level_dbfs": SPEECH_LEVEL_DBFS,
        "items": origins,
        "dropped": dict(dropped),
    }
    write_json(folder / "provenance.json", content)


def write_json(path: Path, content: Record) -> None:
    """A JSON file that reads well in a diff."""
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _slices(item: Item) -> Record:
    follow_up, context = item.follow_up, item.dialogue.context
    told = {"snr_db": follow_up.snr_db, "form": follow_up.form, "homophone": follow_up.homophone}
    facts = open_voice(follow_up.voice).facts if follow_up.voice else None
    return {
        "split": item.dialogue.split,
        "noise": follow_up.noise,
        **{key: value for key, value in told.items() if value is not None},
        **({"voice_family": facts.family, "accent": facts.accent} if facts else {}),
        "signal": "+".join(sorted({one.signal for one in context})) or "none",
        "list_size": _describe_size(len(context)),
    }


def _describe_size(items: int) -> str:
    if items > MAX_ITEMS:
        return str(items)
    return "small" if items else "none"
