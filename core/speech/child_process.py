"""One of our modules in a process of its own, and a socket between the two."""

import socket
import subprocess
import sys
from collections.abc import Mapping

from core.settings import ROOT


def start_child(
    module: str, *arguments: str, environment: Mapping[str, str] | None = None, is_silent: bool = False
) -> tuple["subprocess.Popen[bytes]", socket.socket]:
    """Start `python -m module`; its first argument is the number of its end of the socket.

    Args:
        module: is run as the main one.
        arguments: further ones.
        environment: all that it knows of ours; None gives it ours.
        is_silent: whether its messages go nowhere.

    Raises:
        OSError: no memory, no process or no socket to be had.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            process = subprocess.Popen(  # noqa: S603 - our own module, no shell
                [sys.executable, "-m", module, str(theirs.fileno()), *arguments],
                cwd=ROOT,
                env=environment,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL if is_silent else None,
                process_group=0,  # Ctrl-C reaches all processes of a terminal's group; the first one decides
            )
        except BaseException:
            ours.close()
            raise
    return process, ours
