"""One file a page: widgets, one call into the core, and what to show when there is nothing yet."""
