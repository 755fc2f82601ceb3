"""The clips inside the page, for the utterances whose arms differ."""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import ManifestError, RunError
from core.settings import ROOT
from evals.description import describe_data
from evals.finished import FinishedRun
from evals.manifest import read_manifest
from evals.report.changes import Change

MAX_BYTES = 12_000_000  # of the files; base64 makes a third more of them
MIME_TYPES = {".flac": "audio/flac", ".wav": "audio/wav", ".ogg": "audio/ogg", ".mp3": "audio/mpeg"}


@dataclass(frozen=True, slots=True)
class Clips:
    """`sources` are data URLs by utterance id; `wanted` is how many utterances differ; `note` says what is missing."""

    sources: Mapping[str, str]
    wanted: int
    note: str


def find_clips(run: FinishedRun, manifest: Path | None) -> Mapping[str, Path]:
    """The clips of the run by utterance id, only if they are the very ones that were recognised.

    Args:
        run: the run.
        manifest: the set's manifest; None looks for a set of that name among those that ship.

    Raises:
        RunError: the manifest that was given is of another set.
        ManifestError: the manifest that was given cannot be read.
    """
    path = manifest or ROOT / "data" / str(run.description.get("set"))
    try:
        limit = run.description.get("limit")
        utterances = read_manifest(path)[:limit]
        is_same = describe_data(path, utterances, limit)["data_sha256"] == run.description.get("data_sha256")
    except ManifestError:
        if manifest:
            raise
        return {}
    if manifest and not is_same:
        raise RunError(f"{manifest} or its audio is not what {run.folder} was run on; give the manifest of that run.")
    return {utterance.utterance_id: utterance.audio_path for utterance in utterances} if is_same else {}


def embed_clips(changes: Iterable[Change], clips: Mapping[str, Path], max_bytes: int = MAX_BYTES) -> Clips:
    """Put clips into data URLs, the most important utterances first, as far as `max_bytes` of files go.

    Raises:
        RunError: a clip cannot be read.
    """
    wanted = [change.reference.utterance_id for change in changes if change.differs]
    sources: dict[str, str] = {}
    room = max_bytes
    for utterance_id in wanted:
        content = _read(clips[utterance_id]) if utterance_id in clips else None
        if content and len(content) <= room:
            room -= len(content)
            sources[utterance_id] = _to_url(clips[utterance_id], content)
    return Clips(sources, len(wanted), _tell(len(sources), len(wanted), bool(clips), max_bytes))


def _read(path: Path) -> bytes | None:
    if path.suffix.lower() not in MIME_TYPES:
        return None
    try:
        return path.read_bytes()
    except OSError as exc:
        raise RunError(f"The clip {path} cannot be read: {exc.strerror}.") from exc


def _to_url(path: Path, content: bytes) -> str:
    return f"data:{MIME_TYPES[path.suffix.lower()]};base64,{base64.b64encode(content).decode('ascii')}"


def _tell(embedded: int, wanted: int, found: bool, max_bytes: int) -> str:
    if not found and wanted:
        return "Without audio: the set that was recognised is not at hand as it was. Give its manifest with --manifest."
    limit = f"{max_bytes / 1e6:.0f} MB"
    return f"Audio is in this page for {embedded} of the {wanted} utterances whose arms differ (at most {limit})."
