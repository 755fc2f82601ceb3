"""Parts of pages that draw what they are given."""
