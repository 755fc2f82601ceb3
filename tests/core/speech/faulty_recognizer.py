"""A recogniser's process in which things go wrong: `python -m tests.core.speech.faulty_recognizer FD HOW THREADS`."""

import os
import sys
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection

from core.context.bias import EMPTY, BiasList
from core.errors import AudioEmpty
from core.speech.anchoring import Word
from core.speech.audio import Clip
from core.speech.recognition import Recognition
from core.speech.recognizer_process import serve

FAULTY = "tests.core.speech.faulty_recognizer"
"""This module, for who starts it."""


class Faulty:
    """Does what its name says."""

    model_sha256 = ""

    def __init__(self, how: str) -> None:
        self.model_name = how

    def recognize(self, clip: Clip, bias: BiasList = EMPTY) -> Recognition:
        """Never gives anything back."""
        del clip, bias
        match self.model_name:
            case "raises":
                raise RuntimeError("Bauer")
            case "refuses":
                raise AudioEmpty("There is nothing in it.")
            case "hangs":
                time.sleep(600)
        os._exit(3)

    def recognize_best(self, versions: Sequence[Clip], bias: BiasList = EMPTY) -> Recognition:
        """Nor does this."""
        return self.recognize(versions[0], bias)

    def locate_words(self, clip: Clip, text: str) -> tuple[Word, ...]:
        """Nothing."""
        del clip, text
        return ()


if __name__ == "__main__":
    if sys.argv[2] == "ends while loading":
        sys.exit(3)
    serve(Connection(int(sys.argv[1])), Faulty(sys.argv[2]))
