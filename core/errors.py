"""Every error a user can meet: one hierarchy, one code each.

A message names the thing that is wrong and the way out, in one line. It never holds a transcript, a name from the
user's data or a key: messages end up in logs and on screens.
"""

from typing import ClassVar


class ProjectError(Exception):
    """The base of all errors of this project; commands print it as one line and exit with status 1."""

    code: ClassVar[str] = "error"


class SettingsError(ProjectError):
    """A setting has a value that cannot be used."""

    code = "settings"


class DataFileError(ProjectError):
    """A file under the data folder (address book, devices, places, artists, scenario) cannot be used."""

    code = "data_file"


class ManifestError(ProjectError):
    """A manifest names a missing file, lacks a key or has a wrong type; the message names file, line and key."""

    code = "manifest"


class RunError(ProjectError):
    """An evaluation cannot start, go on or be scored in the given folder."""

    code = "run"


class OutputError(ProjectError):
    """The file that a command is to write cannot be written."""

    code = "output"


class AudioError(ProjectError):
    """A clip cannot be used as speech; the subclasses say why."""

    code = "audio"


class AudioEmpty(AudioError):
    """The clip has no samples."""

    code = "audio_empty"


class AudioUnsupported(AudioError):
    """The bytes are in none of the accepted formats (WAV, FLAC, MP3, OGG)."""

    code = "audio_unsupported"


class AudioBroken(AudioError):
    """The bytes start like an accepted format but cannot be decoded, or hold samples that are no sound."""

    code = "audio_broken"


class AudioTooLong(AudioError):
    """The clip is longer than the limit in seconds."""

    code = "audio_too_long"


class AudioTooLarge(AudioError):
    """The file is larger than the limit in bytes."""

    code = "audio_too_large"


class AudioAbandoned(AudioError):
    """The clip took more time or memory to decode than any recording does, or broke the process that decoded it."""

    code = "audio_abandoned"


class Busy(ProjectError):
    """More is being recognised than can be done in time; nothing was begun."""

    code = "busy"


class MicrophoneError(ProjectError):
    """This machine cannot record: no PortAudio, no input device, or the device refused."""

    code = "microphone"


class ModelError(ProjectError):
    """A model is unknown, missing, incomplete or not the one that was pinned."""

    code = "model"


class RecognizerFailed(ProjectError):
    """The recogniser's process ended, hung, or could not recognise a clip; the conversation stays as it was."""

    code = "recognizer"


class TracingError(ProjectError):
    """Spans cannot be exported, because OpenTelemetry is not installed."""

    code = "tracing"


class StoreError(ProjectError):
    """The base of what the two tables can raise."""

    code = "store"


class StoreUnavailable(StoreError):
    """The store cannot be reached, read or written."""

    code = "store_unavailable"


class ItemConflict(StoreError):
    """Another item is already stored under the same keys."""

    code = "item_conflict"


class InteractionExpired(StoreError):
    """The interaction's time is over; nothing is added to it any more."""

    code = "interaction_expired"


class SealBroken(StoreError):
    """A sealed item or data key does not open: wrong key, changed bytes, or moved to another row."""

    code = "seal_broken"


class KeyFileError(StoreError):
    """The root key is missing beside old data, malformed, readable by others, or not the one that a row names."""

    code = "key_file"
