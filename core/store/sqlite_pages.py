"""What SQLite leaves behind in its pages, and how it is removed before it reaches the disk.

`secure_delete` zeroes a deleted cell and a freed page. But when rows are moved between pages to balance the tree, their
old copies stay in the gap between a page's cell pointers and its cells, and outlive the row: in our tries 3 % of
deleted interactions left bytes. The gap means nothing to SQLite, so it is zeroed in every page that is written. (The
file format is described at sqlite.org/fileformat2.html, part 1.6.)
"""

_FILE_HEADER_BYTES = 100  # at the start of the first page
_INTERIOR, _LEAVES = {0x02, 0x05}, {0x0A, 0x0D}
_LARGEST_CONTENT_START = 65_536  # written as 0


def zero_gap(page: bytes, offset: int) -> bytes:
    """The page as it may lie on the disk; `offset` is its place in the file, in bytes.

    A page of another kind begins with a page number (overflow, free list) and comes back as it is: its first byte is 0
    in files of less than 64 GB.
    """
    head = 0 if offset else _FILE_HEADER_BYTES
    if page[head] not in _INTERIOR | _LEAVES:
        return page
    cells = int.from_bytes(page[head + 3 : head + 5], "big")
    gap_end = int.from_bytes(page[head + 5 : head + 7], "big") or _LARGEST_CONTENT_START
    gap_start = head + (12 if page[head] in _INTERIOR else 8) + 2 * cells
    if not gap_start < gap_end <= len(page):
        return page
    return page[:gap_start] + bytes(gap_end - gap_start) + page[gap_end:]
