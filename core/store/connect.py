"""From the settings to a vault that is ready: the only place that knows which store and which root keys there are."""

import os
from pathlib import Path

from core.errors import SettingsError
from core.settings import STORE_FORMS, Settings
from core.store.clock import system_now_ms
from core.store.interface import Store
from core.store.key_file import KeyFile
from core.store.keys import KeyRing, RootKeys
from core.store.sqlite import SqliteStore
from core.store.tidy import PURGE_EVERY_S, TidyStore
from core.store.vault import Vault


def open_vault(settings: Settings) -> Vault:
    """Open the store, delete what has expired from now on, and load the root keys (made on the very first start).

    Raises:
        SettingsError: `store` names no store that there is.
        StoreUnavailable: the store or the key service cannot be used.
        KeyFileError: the root key cannot be used, or is missing beside data that has not expired.
    """
    store = open_store(settings)
    try:
        store.ensure_schema()
        if _is_embedded(settings):
            store.purge_expired()
        keys = open_keys(settings, store)
    except BaseException:
        store.close()
        raise
    return Vault(TidyStore(store, PURGE_EVERY_S if _is_embedded(settings) else None), keys, settings.ttl_s)


def open_store(settings: Settings) -> Store:
    """The store that the settings name; its tables may still be missing.

    Raises:
        SettingsError, StoreUnavailable: as for `open_vault`.
    """
    if not _is_embedded(settings):
        # Imported only where it is used: boto3 takes half a second.
        from core.store.dynamodb import DynamoStore  # noqa: PLC0415
        from core.store.dynamodb_tables import Tables  # noqa: PLC0415

        return DynamoStore(Tables(settings.events_table, settings.context_data_table), settings.aws_region)
    return SqliteStore(_sqlite_path(settings))


def open_keys(settings: Settings, store: Store) -> RootKeys:
    """The root keys from where the settings say: the key service, the setting itself, or the file.

    Raises:
        StoreUnavailable, KeyFileError: as for `open_vault`.
    """
    if settings.kms_key_id:
        from core.store.key_service import KeyService  # noqa: PLC0415 - boto3, as above

        return KeyService(store, settings.kms_key_id, settings.aws_region, system_now_ms)
    if settings.root_key:
        return KeyRing.from_text(settings.root_key)
    path = settings.root_key_file
    # Whether there are rows matters only where there is no key, and in DynamoDB it takes the right to scan.
    return KeyFile(path, data_present=not os.path.lexists(path) and store.holds_rows())


def _is_embedded(settings: Settings) -> bool:
    return settings.store != "dynamodb"


def _sqlite_path(settings: Settings) -> Path:
    scheme, _, path = settings.store.partition(":")
    if scheme != "sqlite" or not path:
        raise SettingsError(f"STORE must {STORE_FORMS}.")
    return Path(path)
