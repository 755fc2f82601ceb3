"""The recogniser in a process of its own, for an app that does much besides.

Python runs one thread at a time. Beside pages that are drawn for a hundred tabs a recognition would wait for its turn
after each of its steps; in its own process it waits for nobody. Nor does a fault in a library written in C end the app:
the process is started anew, and asked once more. Batch runs, which do nothing else, use
`core.speech.recognizer.Recognizer` in place.
"""

import socket
import struct
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from core.context.bias import EMPTY, BiasList
from core.errors import ProjectError, RecognizerFailed
from core.speech.anchoring import Word
from core.speech.audio import Clip
from core.speech.child_process import start_child
from core.speech.recognition import Recognition

PROCESS = "core.speech.recognizer_process"
ANSWERED_WITHIN_S = 60.0  # a clip of 30 s with base takes 5 s; this is for a process that hangs
ATTEMPTS = 2  # where the process ends: once more, in case that it was not the clip


@dataclass(frozen=True, slots=True)
class Request:
    """A method of the recogniser, and what it is given."""

    name: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the method returned, or the error that it raised."""

    value: Any = None
    error: ProjectError | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """The first answer, to no request: which model it is."""

    model_name: str
    model_sha256: str


class SeparateRecognizer:
    """Shared by all conversations, and safe to share between threads; recognitions run one after another.

    Args:
        model: packaged name, folder, or faster-whisper name.
        threads: of the processor.
        module: the module that is run; another one only to see what happens when recognising goes wrong.

    Raises:
        ModelError: there is no such model here and none can be fetched, or its files are not usable.
        RecognizerFailed: its process ended before the model was loaded.
    """

    def __init__(self, model: str, threads: int, module: str = PROCESS) -> None:
        self._arguments = (model, str(threads))
        self._module = module
        self._lock = threading.Lock()
        self._start()
        try:
            loaded = self._receive_loaded()
        except BaseException:
            self._end()
            raise
        self.model_name = loaded.model_name
        self.model_sha256 = loaded.model_sha256

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def recognize(self, clip: Clip, bias: BiasList = EMPTY) -> Recognition:
        """As `core.speech.recognizer.Recognizer.recognize`.

        Raises:
            RecognizerFailed: the process ended twice, or hung; the next clip finds another one.
        """
        recognition: Recognition = self._ask("recognize", clip, bias)
        return recognition

    def recognize_best(self, versions: Sequence[Clip], bias: BiasList = EMPTY) -> Recognition:
        """As `core.speech.recognizer.Recognizer.recognize_best`, with the same error as `recognize`."""
        recognition: Recognition = self._ask("recognize_best", versions, bias)
        return recognition

    def locate_words(self, clip: Clip, text: str) -> tuple[Word, ...]:
        """As `core.speech.recognizer.Recognizer.locate_words`, with the same error as `recognize`."""
        words: tuple[Word, ...] = self._ask("locate_words", clip, text)
        return words

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def _ask(self, name: str, *arguments: Any) -> Any:
        with self._lock:
            for _ in range(ATTEMPTS):
                try:
                    answer = self._ask_once(Request(name, arguments))
                except TimeoutError:
                    self._replace()
                    break
                except (EOFError, OSError):  # it has ended, now or while nobody spoke
                    self._replace()
                else:
                    if answer.error is not None:
                        raise answer.error
                    return answer.value
        raise RecognizerFailed("The recogniser has failed and is loaded again: say it once more.")

    def _ask_once(self, request: Request) -> Answer:
        if not self._is_loaded:
            self._receive_loaded()
        self._connection.send(request)
        return self._receive(ANSWERED_WITHIN_S)

    def _receive(self, within_s: float | None) -> Answer:
        if not self._connection.poll(within_s):
            raise TimeoutError
        answer: Answer = self._connection.recv()
        return answer

    def _receive_loaded(self) -> Loaded:
        """However long it takes: a model may have to be fetched."""
        try:
            answer = self._receive(None)
        except (EOFError, OSError) as exc:
            raise RecognizerFailed("The recogniser ended while it was loaded; see how much memory is free.") from exc
        if answer.error is not None:
            raise answer.error
        self._is_loaded = True
        loaded: Loaded = answer.value
        return loaded

    def _start(self) -> None:
        self._process, ours = start_child(self._module, *self._arguments)
        seconds = struct.pack("ll", int(ANSWERED_WITHIN_S), int(ANSWERED_WITHIN_S % 1 * 1e6))
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, seconds)  # a long clip waits until it is read
        self._connection = Connection(ours.detach())
        self._is_loaded = False

    def _replace(self) -> None:
        self._end()
        with suppress(OSError):  # no memory or no process to be had: the next clip tries again
            self._start()

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._connection.close()
