"""Few of the files of which `python -m evals.audio_faults` tries many, and that it would notice a broken process."""

from itertools import islice

import pytest

from core.errors import RunError
from core.speech.decoder import ClipDecoder
from evals import audio_faults


def test_mutated_files_break_nothing(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio_faults, "TIMED", 1)
    assert audio_faults.main(["--files", "140"]) == 0
    told, figure, ratio = capsys.readouterr().out.splitlines()
    assert told.startswith("140 mutated files: ")
    assert "clip" in told
    assert "audio_broken" in told
    assert told.endswith("; 0 processes broken")
    assert "target: 250 ms" in figure
    assert "n = 1" in ratio


def test_a_broken_process_is_noticed() -> None:
    decoder = ClipDecoder("tests.core.speech.faulty_decoder")
    try:
        with pytest.raises(RunError, match="File 7 broke its process"):
            audio_faults._decode(decoder, b"crash", 7)
    finally:
        decoder.close()


def test_a_seed_gives_the_same_files_and_each_is_another() -> None:
    files = [list(islice(audio_faults.mutations(seed), 30)) for seed in (1, 1, 2)]
    assert files[0] == files[1] != files[2]
    assert len(set(files[0])) == 30
