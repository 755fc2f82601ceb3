"""Commands in this process: they end as they do in a shell, told by `core.command`."""

import functools
from collections.abc import Callable, Sequence

import pytest

from core.command import run_command


def exit_status(main: Callable[[list[str]], int], arguments: Sequence[str]) -> int:
    """What the shell gets."""
    with pytest.raises(SystemExit) as ended:
        run_command(functools.partial(main, list(arguments)))
    assert isinstance(ended.value.code, int)
    return ended.value.code
