"""Opens the pages of the app; nothing else. Start it with `make demo`."""

from core.ui.navigation import open_pages

open_pages()
