"""`python -m core.store COMMAND`: look after the two tables that the settings name.

create  make what is missing          check   try everything once, and say what was found
purge   delete what has expired       stats   count what is stored
forget  delete one interaction        rotate  a new root key in the key file
plan    what a load would take of DynamoDB
"""

import argparse
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing

from core.command import run_command
from core.errors import KeyFileError, StoreUnavailable
from core.settings import Settings
from core.store.clock import system_now_ms
from core.store.connect import open_keys, open_store
from core.store.interface import Store
from core.store.key_file import KeyFile
from core.store.keys import RootKeys
from core.store.plan_command import add_options, plan_lines
from core.store.vault import Vault

EXAMPLE = "example: plan --interactions-per-second 100000 --events 6 --item-bytes 2000 --follow-up-rate 0.1"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    options = _parser().parse_args(arguments)
    for line in options.run(options):
        print(line)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m core.store", description="Look after the two tables.", epilog=EXAMPLE
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add(commands, "create", "make the tables or the file where they are missing", _on_store(_create))
    _add(commands, "check", "try everything once, and say what was found", _on_store(_check))
    _add(commands, "purge", "delete what has expired", _on_store(_purge))
    _add(commands, "stats", "count what is stored (DynamoDB: reads all of it)", _on_store(_stats))
    forget = _add(commands, "forget", "delete one interaction, bytes included", _on_store(_forget))
    forget.add_argument("interaction_id", metavar="ID", help="the interaction's id, 32 hex digits")
    _add(commands, "rotate", "put a new root key into the key file; older ones go when nothing can need them", _rotate)
    add_options(_add(commands, "plan", "what a load would take of DynamoDB", plan_lines))
    return parser


Command = Callable[[argparse.Namespace], Iterable[str]]


def _add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, text: str, run: Command
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(run=run)
    return parser


def _on_store(use: Callable[[Store, Settings, argparse.Namespace], Iterable[str]]) -> Command:
    """A command that needs the store: opened for it, and closed whatever happens."""

    def run(options: argparse.Namespace) -> Iterable[str]:
        settings = Settings.from_env()
        with closing(open_store(settings)) as store:
            yield from use(store, settings, options)

    return run


def _create(store: Store, _settings: Settings, _options: argparse.Namespace) -> Iterable[str]:
    store.ensure_schema()
    return store.check()


def _check(store: Store, settings: Settings, _options: argparse.Namespace) -> Iterable[str]:
    yield from store.check()
    keys = open_keys(settings, store)
    yield f"root key {keys.current().key_id}: at hand"
    yield _check_keys(store, keys)
    yield _check_round_trip(Vault(store, keys, ttl_s=60))


def _check_keys(store: Store, keys: RootKeys) -> str:
    key_ids = sorted(store.contents().key_ids)
    missing = [key_id for key_id in key_ids if keys.find(key_id) is None]
    if missing:
        raise KeyFileError(f"Rows are sealed under {', '.join(missing)}, which is not at hand; put that root key back.")
    return f"root keys that rows are sealed under: {len(key_ids)}, all at hand"


def _check_round_trip(vault: Vault) -> str:
    interaction = vault.begin()
    data_id = interaction.put(b"check")
    [event] = interaction.record("expect-speech", data_id).events
    claims = [interaction.claim(event, "check"), interaction.claim(event, "another")]
    opened = vault.resume(interaction.record("closed")).open([data_id])
    interaction.forget()
    if claims != [True, False] or opened != {data_id: b"check"} or vault.store.get_entry(interaction.id):
        raise StoreUnavailable("An interaction does not come back as it was stored; point STORE elsewhere.")
    return "an interaction: sealed, stored, claimed once, read, forgotten"


def _purge(store: Store, _settings: Settings, _options: argparse.Namespace) -> Iterable[str]:
    yield f"{store.purge_expired()} expired rows deleted"


def _stats(store: Store, _settings: Settings, _options: argparse.Namespace) -> Iterable[str]:
    found = store.contents()
    yield f"entries {found.entries}"
    yield f"items {found.items}, {found.sealed_bytes} bytes sealed"
    yield f"expired, not deleted yet {found.expired}"
    yield f"root keys {', '.join(sorted(found.key_ids)) or 'none'}"


def _forget(store: Store, _settings: Settings, options: argparse.Namespace) -> Iterable[str]:
    store.forget(options.interaction_id)
    yield "forgotten"


def _rotate(_options: argparse.Namespace) -> Iterable[str]:
    settings = Settings.from_env()
    if settings.root_key or settings.kms_key_id:
        raise KeyFileError("ROOT_KEY or KMS_KEY_ID is set, so no key file is used: put a new key first in ROOT_KEY.")
    keys = KeyFile(settings.root_key_file, data_present=True)
    yield f"root key {keys.rotate(system_now_ms() // 1000).key_id} wraps from now on; the older ones stay for 7 days"


if __name__ == "__main__":
    run_command(main)
