"""Where the shipped data lies."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"
CALL_MEG = DATA / "scenarios" / "call_meg"
