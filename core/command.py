"""How a command ends where it does not say so itself: its reader is gone, the disk is full, somebody presses Ctrl-C."""

import os
import signal
import sys
from collections.abc import Callable
from typing import NoReturn

from core.errors import ProjectError

STOPPED = 128 + signal.SIGINT
READER_GONE = 128 + signal.SIGPIPE


def run_command(main: Callable[[], int]) -> NoReturn:
    """Exit with what `main` returns; the other endings are at most one line, and the status that shells expect."""
    try:
        status = main()
        sys.stdout.flush()  # here and not at the very end, where Python would tell it in its own words
    except ProjectError as exc:
        status = _tell(str(exc), 1)
    except KeyboardInterrupt:
        status = _tell("Stopped.", STOPPED)
    except BrokenPipeError:  # as of `... | head`, who has seen enough
        status = READER_GONE
        _drop_output()
    except OSError as exc:
        status = _tell(f"{exc.filename or 'The output'} cannot be read or written: {exc.strerror}.", 1)
        _drop_output()
    sys.exit(status)


def _tell(line: str, status: int) -> int:
    sys.stderr.write(f"{line}\n")
    return status


def _drop_output() -> None:
    """What could not be written is tried once more at the end of the process; let it go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
