"""A run for other tools, as a download; the files are those of `python -m evals.export`."""

import tempfile
import zipfile
from functools import partial
from io import BytesIO
from pathlib import Path

import streamlit as st

from core.ui.components.evaluation.runs import RunView
from evals.export import FORMATS
from evals.finished import FinishedRun

ENDINGS = {"csv": ".csv", "jsonl": ".jsonl", "trn": ".zip", "nemo": "-nemo.jsonl"}


def draw_export(view: RunView) -> None:
    """A choice of format and a button; the file is made when it is pressed."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        format_ = st.selectbox("Export as", list(FORMATS), key=f"export {view.run.folder}", width=160)
        name = f"{view.run.folder.name}{ENDINGS[format_]}"
        st.download_button("Download", partial(export_run, view.run, format_), name, on_click="ignore")


def export_run(run: FinishedRun, format_: str) -> bytes:
    """The exported file; a folder as a zip archive."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "export"
        FORMATS[format_](run, path)
        return _zip_folder(path) if path.is_dir() else path.read_bytes()


def _zip_folder(folder: Path) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
    return buffer.getvalue()
