"""The address book, the devices and the places in tables to edit; they hold for this tab only."""

import csv
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from core.assistant.catalogue import DEVICE_KINDS, PLACE_KINDS, Catalogue, Contact, Device, Media, Place, load_catalogue
from core.errors import DataFileError
from core.ui.components.expander import draw_when_opened
from core.ui.session import LiveSession

Kind = type[Contact] | type[Device] | type[Place] | type[Media]
TABLES: dict[str, tuple[str, str, Kind]] = {
    "contacts": ("Address book", "address_book.csv", Contact),
    "devices": ("Devices", "devices.csv", Device),
    "places": ("Places", "places.csv", Place),
}
KINDS = {"devices": DEVICE_KINDS, "places": PLACE_KINDS}


def draw_catalogue_editor(session: LiveSession) -> None:
    """One table a tab. What is wrong in one is told, and the assistant goes on with what it knew."""
    title = "Address book, devices and places: edit them, and the assistant answers differently"
    draw_when_opened(title, "catalogue", lambda: _draw_tables(session))


def _draw_tables(session: LiveSession) -> None:
    st.markdown("For this tab only, and only until it is closed; the files under `data/` stay as they are.")
    tabs = st.tabs([title for title, _, _ in TABLES.values()])
    edited: dict[str, pd.DataFrame] = {}
    for name, tab in zip(TABLES, tabs, strict=True):
        with tab:
            edited[name] = _edit(name, session)
    if st.button("Use these", key="use_catalogue"):
        _use(session, edited)


def build_catalogue(known: Catalogue, edited: dict[str, pd.DataFrame]) -> Catalogue:
    """The catalogue with the edited tables, checked just as the files are.

    Raises:
        DataFileError: a table has an empty cell, an unknown kind or the same name twice.
    """
    with tempfile.TemporaryDirectory() as folder:
        for name, (_, file, kind) in TABLES.items():
            frame = edited[name].fillna("").astype(str)
            _write(Path(folder) / file, kind, frame.to_dict("records"))
        _write(Path(folder) / "artists.csv", Media, [asdict(media) for media in known.media])
        return load_catalogue(Path(folder))


def _edit(name: str, session: LiveSession) -> pd.DataFrame:
    title, _, kind = TABLES[name]
    rows = [asdict(entry) for entry in getattr(session.catalogue, name)]
    columns = {"kind": st.column_config.SelectboxColumn(options=list(KINDS[name]))} if name in KINDS else None
    frame = pd.DataFrame(rows, columns=[field.name for field in fields(kind)])
    return st.data_editor(
        frame, num_rows="dynamic", hide_index=True, key=f"edit_{name}", column_config=columns, height=300, alt=title
    )


def _use(session: LiveSession, edited: dict[str, pd.DataFrame]) -> None:
    try:
        session.use_catalogue(build_catalogue(session.catalogue, edited))
    except DataFileError as error:
        st.error(str(error))
        return
    st.success("The assistant knows them from the next turn on.")


def _write(path: Path, kind: Kind, rows: Sequence[Any]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(kind)])
        writer.writeheader()
        writer.writerows(rows)
