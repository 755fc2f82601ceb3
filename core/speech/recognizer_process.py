"""The process that recognises, for others: `python -m core.speech.recognizer_process FD MODEL THREADS`.

It loads the model, tells its name and its digest or why it cannot, and then answers one request after another until
nobody can ask any more. Both sides are our own and trust each other, so what goes through the socket is pickled.
"""

import gc
import resource
import sys
from contextlib import suppress
from multiprocessing.connection import Connection

from core.errors import ProjectError, RecognizerFailed
from core.speech.recognition import Recognizes
from core.speech.separate_recognizer import Answer, Loaded, Request


def serve(connection: Connection, recognizer: Recognizes) -> None:
    """Answer until there is nobody to answer."""
    with suppress(EOFError, OSError):
        connection.send(Answer(Loaded(recognizer.model_name, recognizer.model_sha256)))
        while True:
            request: Request = connection.recv()
            connection.send(_answer(recognizer, request))


def _answer(recognizer: Recognizes, request: Request) -> Answer:
    try:
        return Answer(getattr(recognizer, request.name)(*request.arguments))
    except ProjectError as exc:
        return Answer(error=exc)
    except Exception as exc:  # noqa: BLE001 - libraries may raise anything; of a message only its kind is told
        return Answer(error=RecognizerFailed(f"The clip could not be recognised ({type(exc).__name__}): say it again."))


def main() -> None:
    """Load, then serve."""
    from core.speech.recognizer import Recognizer  # noqa: PLC0415 - whoever only serves needs none of its libraries

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # what was said would lie in it
    connection = Connection(int(sys.argv[1]))
    try:
        recognizer = Recognizer.load(sys.argv[2], int(sys.argv[3]))
    except ProjectError as exc:
        with suppress(OSError):
            connection.send(Answer(error=exc))
        return
    gc.collect()
    gc.freeze()  # what is loaded stays; no collection needs to look at it again
    serve(connection, recognizer)


if __name__ == "__main__":
    main()
