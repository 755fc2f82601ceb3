"""Many of something, a part at a time."""


def split(count: int, most: int) -> list[int]:
    """The sizes of the parts: as large as they may be, and a last one with the rest."""
    return [min(most, count - start) for start in range(0, count, most)]
