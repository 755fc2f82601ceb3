"""Where the shipped data lies."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"
SCENARIOS = DATA / "scenarios"
CALL_MEG = SCENARIOS / "call_meg"
