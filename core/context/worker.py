"""The process that computes contexts: sealed items in, the context vector and the ranked bias list out.

A process of its own, because loading the embedding model takes seconds, in a thread it would make the recogniser wait,
and nothing but a process can be ended when it hangs. It answers frames (`core.context.wire`) on its standard input and
output, one at a time, and ends when its input ends: it never outlives its parent.
"""

import ctypes
import gc
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from core.context.answer import Answer, Times, decode_vectors, encode_answer, encode_vectors
from core.context.bias import Pronounce
from core.context.channel import Channel
from core.context.embedding import Embedder, Vectors
from core.context.job import decode_job
from core.context.memory import Known, Memory
from core.context.payload import decode
from core.context.ranking import Embed, compute_context
from core.context.recollection import GaveUp, Recollection
from core.context.wire import Frame, Kind, pack, unpack
from core.speech.phonetics import load_rules, pronounce
from core.store.sealing import open_item

NICENESS = 10  # the recogniser goes first
PURGE_EVERY_S = 1.0
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


class Worker:
    """Answers one request at a time.

    Any frame that comes during a job, and the end of the input, mean the same: nobody waits for it any more.
    """

    def __init__(
        self,
        channel: Channel,
        embed: Embed,
        pronounce: Pronounce,
        memory: Memory,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._channel = channel
        self._embed = embed
        self._pronounce = pronounce
        self._memory = memory
        self._clock_s = clock_s
        self._do = {Kind.JOB: self._compute, Kind.EMBED: self._prepare, Kind.REMEMBER: self._remember}

    def serve(self) -> None:
        """Answer until the input ends. In between, what has expired is deleted."""
        while self._channel.is_open:
            frame = self._channel.receive(PURGE_EVERY_S)
            self._memory.purge_expired()
            if frame is not None and frame.kind in self._do:  # a CANCEL comes too late: it was answered already
                self._channel.send(self._answer(frame))

    def _answer(self, frame: Frame) -> Frame:
        try:
            return Frame(*self._do[frame.kind](frame))
        except GaveUp:
            return Frame(Kind.LATE, frame.number)
        except Exception:  # noqa: BLE001 - one bad job must not end the worker; what is in it must not be told
            return Frame(Kind.FAILED, frame.number)

    def _compute(self, frame: Frame) -> tuple[Kind, int, bytes]:
        began_s = self._clock_s()
        data_key, items = decode_job(frame.payload)
        opened = decode(open_item(item, data_key) for item in items)
        opened_s = embedded_s = self._clock_s()
        expires_at = min((item.expires_at for item in items), default=0)
        texts = self._recollect(expires_at)

        def embed(wanted: Sequence[str]) -> Vectors:
            nonlocal embedded_s
            vectors = texts.embed(wanted)
            embedded_s = self._clock_s()
            return vectors

        try:
            context = compute_context(opened.turns, opened.items, embed, texts.pronounce, opened.information)
        finally:
            texts.keep()
        times = Times(began_s, opened_s, embedded_s, self._clock_s())
        return Kind.ANSWER, frame.number, encode_answer(Answer(context, times))

    def _prepare(self, frame: Frame) -> tuple[Kind, int, bytes]:
        texts, _ = unpack(frame.payload)
        recollection = self._recollect(0)
        vectors = recollection.embed(texts)
        sounds = [recollection.pronounce(text) for text in texts]
        return Kind.EMBEDDED, frame.number, pack(sounds, encode_vectors(vectors))

    def _remember(self, frame: Frame) -> tuple[Kind, int, bytes]:
        (replaces, dimensions, rows), raw = unpack(frame.payload)
        if replaces:
            self._memory.forget_prepared()
        for (text, sounds), vector in zip(rows, decode_vectors(raw, dimensions), strict=True):
            self._memory.prepare(text, Known(vector, tuple(sounds)))
        return Kind.REMEMBERED, frame.number, b""

    def _recollect(self, expires_at: int) -> Recollection:
        return Recollection(
            self._memory, self._embed, self._pronounce, expires_at, is_wanted=lambda: not self._channel.has_more()
        )


def lower_priority() -> None:
    """Leave the processor to the recogniser, be the first to go when memory runs out, and write no core file."""
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # what was said would lie in it
    with suppress(OSError):  # Linux only
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def end_with_parent() -> None:
    """Also while standing still, when the end of the input goes unseen. Linux only; elsewhere the input has to do."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes of a terminal; the first one decides
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def load(embedding_model: str) -> tuple[Embed, int]:
    """The embedding model and its number of dimensions; the letter-to-sound rules are loaded as well.

    Nothing of it is ever garbage: the garbage collector, which would take a tenth of the time, never looks at it.
    """
    gc.disable()
    embed = Embedder.load(embedding_model).encode
    load_rules()
    dimensions = embed(["warm up"]).shape[1]
    gc.freeze()
    gc.enable()
    return embed, dimensions


def run(channel: Channel, embedding_model: str) -> None:
    """Load, say so, and serve."""
    try:
        embed, dimensions = load(embedding_model)
    except Exception:  # noqa: BLE001 - whatever it is, the parent has to be told
        channel.send(Frame(Kind.UNUSABLE, 0))
        return
    channel.send(Frame(Kind.READY, 0, pack(dimensions)))
    Worker(channel, embed, pronounce, Memory()).serve()


def keep_answers_apart() -> int:
    """The answers' pipe, under a number of its own, so that nothing a library prints can get between them."""
    answers = os.dup(1)
    os.dup2(2, 1)
    return answers


def main() -> None:
    """Be a worker; the model's name is the only argument."""
    end_with_parent()
    lower_priority()
    run(Channel(0, keep_answers_apart()), sys.argv[1])


if __name__ == "__main__":
    main()
