"""From the settings to a vault that is ready: the only place that knows which store stands behind it."""

from core.errors import SettingsError
from core.settings import Settings
from core.store.keys import load_root_key
from core.store.sqlite import SqliteStore
from core.store.vault import Vault


def open_vault(settings: Settings) -> Vault:
    """Open the store, delete what has expired, and load the root key (made on the very first start).

    Raises:
        SettingsError: `store` names no store that there is.
        StoreUnavailable: the store cannot be used.
        KeyFileError: the root key cannot be used, or is missing beside data that has not expired.
    """
    store = _open_store(settings.store)
    try:
        store.ensure_schema()
        store.purge_expired()
        return Vault(store, load_root_key(settings.root_key_file, store.holds_rows()), settings.ttl_s)
    except BaseException:
        store.close()
        raise


def _open_store(name: str) -> SqliteStore:
    scheme, _, path = name.partition(":")
    if scheme != "sqlite" or not path:
        raise SettingsError("STORE must read sqlite:PATH, for example STORE=sqlite:.state/context.sqlite3.")
    return SqliteStore(path)
