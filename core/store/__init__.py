"""The two tables: events (one entry an interaction) and context_data (one sealed item each)."""
