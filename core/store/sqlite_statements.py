"""The SQL of the two tables."""

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS events (
        pk TEXT PRIMARY KEY, wrapped_key BLOB NOT NULL, key_id TEXT NOT NULL, expires_at INTEGER NOT NULL,
        attributes TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS context_data (
        pk TEXT NOT NULL, sk TEXT NOT NULL, sealed BLOB NOT NULL, key_id TEXT NOT NULL, expires_at INTEGER NOT NULL,
        PRIMARY KEY (pk, sk)) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS events_by_expiry ON events (expires_at)",
    "CREATE INDEX IF NOT EXISTS context_data_by_expiry ON context_data (expires_at)",
)

APPEND = """
    INSERT INTO events (pk, wrapped_key, key_id, expires_at, attributes)
    SELECT :pk, :wrapped_key, :key_id, :expires_at, json_object(:name, :line)
        WHERE :expires_at > :now_s                                  -- a late event begins no entry
    ON CONFLICT (pk) DO UPDATE
        SET attributes = json_insert(attributes, :path, :line)      -- json_insert never overwrites a stored name
        WHERE expires_at > :now_s                                   -- an expired entry takes nothing more
    RETURNING wrapped_key, key_id, expires_at, attributes"""

GET_ENTRY = "SELECT wrapped_key, key_id, expires_at, attributes FROM events WHERE pk = :pk AND expires_at > :now_s"

# The update changes nothing: it only makes the very same item count as stored.
PUT = """
    INSERT INTO context_data (pk, sk, sealed, key_id, expires_at) VALUES (:pk, :sk, :sealed, :key_id, :expires_at)
    ON CONFLICT (pk, sk) DO UPDATE SET sealed = sealed
        WHERE sealed = excluded.sealed AND key_id = excluded.key_id AND expires_at = excluded.expires_at
    RETURNING 1"""

GET_ITEMS = """
    SELECT pk, sk, sealed, key_id, expires_at FROM context_data
    WHERE pk = :pk AND sk IN (SELECT value FROM json_each(:sks)) AND expires_at > :now_s"""

CONTENTS = """
    SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM context_data),
        (SELECT count(*) FROM events WHERE expires_at <= :now_s)
        + (SELECT count(*) FROM context_data WHERE expires_at <= :now_s),
        (SELECT coalesce(sum(length(sealed)), 0) FROM context_data),
        (SELECT json_group_array(key_id) FROM (SELECT key_id FROM events UNION SELECT key_id FROM context_data))"""
