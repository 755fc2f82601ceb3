"""Other processes, as tests look at them."""

import psutil


def is_alive(pid: int) -> bool:
    """Whether it still does anything; who has ended but was not waited for does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
