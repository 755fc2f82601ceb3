"""A context worker that goes wrong when it is told to, by a text of the job: `python -m evals.benchmarks.faults MODEL`.

All else of it is the real worker, pipes and process included. With "hash" for a model it computes its vectors from a
hash of the text, so that it loads in no time: what is of interest then is the fault.
"""

import hashlib
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from core.context.channel import Channel
from core.context.embedding import Vectors
from core.context.memory import Memory
from core.context.ranking import Embed
from core.context.recollection import GaveUp
from core.context.wire import Frame, Kind, encode_frame, pack
from core.context.worker import Worker, end_with_parent, keep_answers_apart, load, lower_priority
from core.speech.phonetics import pronounce

HASH, HASH_DIMENSIONS = "hash", 8
MODULE = "evals.benchmarks.faults"
FOR_EVER_S = 1e6
NAN = b"\x00\x00\xc0\x7f"  # float32, little-endian
HOARD_MB, HOARD_AT_MOST_MB = 20, 2000


def fault_text(fault: str) -> str:
    """What is to be said in a dialogue whose job shall meet `fault`."""
    return f"please meet with {fault}"


def embed_by_hash(texts: Sequence[str]) -> Vectors:
    """Unit vectors that depend on each text alone."""
    digests = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:HASH_DIMENSIONS] for text in texts]
    vectors = np.array([list(digest) for digest in digests], dtype=np.float32).reshape(-1, HASH_DIMENSIONS) - 127.5
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def _hang() -> None:
    time.sleep(FOR_EVER_S)


def _hold_the_interpreter() -> None:
    sum(range(10**13))  # one call into C that never lets go, so that no signal handler and no thread gets a turn


def _break_memory() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def _stand_still() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def _hoard() -> None:
    hoard = [b"x" * (HOARD_MB << 20) for _ in range(HOARD_AT_MOST_MB // HOARD_MB)]
    _hang()
    del hoard


def _be_gone() -> None:
    os._exit(1)


def _raise() -> None:
    raise RuntimeError("as it was told to")


ERROR = "exception"  # the job fails, the worker is well
WHILE_COMPUTING: dict[str, Callable[[], None]] = {
    "hang": _hang,
    "GIL spin": _hold_the_interpreter,
    "SIGSEGV": _break_memory,
    "SIGSTOP": _stand_still,
    "out of memory": _hoard,
    "worker gone": _be_gone,
    ERROR: _raise,
}
SLOW = "slow"  # alive, and told to give up it does
WHILE_ANSWERING: dict[str, Callable[[Frame], bytes]] = {
    "NaN vector": lambda frame: encode_frame(replace(frame, payload=frame.payload[:-4] + NAN)),
    "wrong size": lambda frame: encode_frame(replace(frame, payload=frame.payload[:-4])),
    "stale id": lambda frame: encode_frame(replace(frame, number=frame.number - 1)),
    "half-written answer": lambda frame: encode_frame(frame)[:-20],
}
FAULTS = (*WHILE_COMPUTING, SLOW, *WHILE_ANSWERING)


class FaultyChannel(Channel):
    """Sends the next answer in the way that was asked for, and all others as they are."""

    spoil: Callable[[Frame], bytes] | None = None

    def send(self, frame: Frame) -> None:
        """As in `Channel`."""
        if self.spoil is None or frame.kind != Kind.ANSWER:
            super().send(frame)
        else:
            spoil, self.spoil = self.spoil, None
            self.write(spoil(frame))


def meet_faults(channel: FaultyChannel, embed: Embed) -> Embed:
    """`embed`, but for texts that ask for a fault."""

    def embed_or_fail(texts: Sequence[str]) -> Vectors:
        for text in texts:
            for fault in FAULTS:
                if fault_text(fault) in text:
                    _meet(fault, channel)
        return embed(texts)

    return embed_or_fail


def _meet(fault: str, channel: FaultyChannel) -> None:
    if fault in WHILE_COMPUTING:
        WHILE_COMPUTING[fault]()
    elif fault == SLOW:
        channel.has_more(FOR_EVER_S)
        raise GaveUp
    else:
        channel.spoil = WHILE_ANSWERING[fault]


def main() -> None:
    """Be a worker that can be told to go wrong."""
    end_with_parent()
    lower_priority()
    channel = FaultyChannel(0, keep_answers_apart())
    embed, dimensions = (embed_by_hash, HASH_DIMENSIONS) if sys.argv[1] == HASH else load(sys.argv[1])
    channel.send(Frame(Kind.READY, 0, pack(dimensions)))
    say = (lambda text: (text.lower(),)) if sys.argv[1] == HASH else pronounce
    Worker(channel, meet_faults(channel, embed), say, Memory()).serve()


if __name__ == "__main__":
    main()
