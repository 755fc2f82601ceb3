"""Two voices at the same time: the sums, and what the shipped network makes of voices that it never heard."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ModelError
from core.speech.anchoring import AFTER_VOICE_S, Span
from core.speech.audio import SAMPLE_RATE, Clip, Samples, read_clip
from core.speech.voice_mask import (
    ANCHOR_S,
    BINS,
    FFT,
    FRAMES_A_SECOND,
    PATH,
    STRENGTHS,
    VoiceMask,
    analyse,
    find_anchor,
    mark_anchor,
    synthesise,
)
from evals.corpus.noise import make_pink_noise
from evals.mixing import mix_voices, trim
from tests.paths import DATA

AUDIO = DATA / "background" / "audio"
WAKE_WORD = Span(0.25, 0.95)


@pytest.fixture(scope="module")
def mask() -> VoiceMask:
    return VoiceMask.load()


def make_even_mask(value: float) -> VoiceMask:
    """The same everywhere."""
    with np.load(PATH) as stored:
        nothing = {name: np.zeros_like(stored[name], dtype=np.float32) for name in stored.files}
    logit = np.log((value + 1e-6) / (1.0 - value + 1e-6))
    return VoiceMask(nothing | {"leave.bias": np.full(BINS, logit, dtype=np.float32)})


def turn_others_down(mask: VoiceMask, clip: Clip, wake_word: Span) -> tuple[Clip, ...]:
    voice = mask.find_voice(clip, wake_word)
    return voice.turn_others_down() if voice else ()


def read_request(number: int) -> Samples:
    """A request of the dev split, by itself."""
    return trim(read_clip(AUDIO / f"dev-background-{number}-clean.flac").samples)


@given(st.integers(1, 3 * FFT), st.integers(0, 1000))
def test_what_is_not_changed_comes_back(length: int, seed: int) -> None:
    samples = np.random.default_rng(seed).uniform(-1.0, 1.0, length).astype(np.float32)
    spectrum = analyse(samples)
    assert spectrum.shape[1] == BINS
    assert np.allclose(synthesise(spectrum, length), samples, atol=1e-5)


def test_the_anchor_is_where_it_is_heard() -> None:
    samples = np.zeros(4 * SAMPLE_RATE, dtype=np.float32)
    samples[round(1.3 * SAMPLE_RATE) : 2 * SAMPLE_RATE] = 0.1
    anchor = find_anchor(samples, Span(0.0, 1.5))
    assert anchor is not None
    assert anchor.start_s == pytest.approx(1.3, abs=0.01)
    assert anchor.end_s == pytest.approx(1.3 + ANCHOR_S, abs=0.01)
    assert find_anchor(samples, Span(2.5, 3.5)) is None
    assert find_anchor(samples, Span(5.0, 6.0)) is None
    marked = np.flatnonzero(mark_anchor(400, anchor))
    assert marked[0] / FRAMES_A_SECOND == pytest.approx(1.3, abs=0.05)
    assert mark_anchor(3, Span(9.0, 9.5)).tolist() == [False, False, True]


@pytest.mark.parametrize(("mine", "others"), [(1, 2), (4, 7), (7, 3)])
def test_the_other_voice_is_made_quieter_than_ones_own(mask: VoiceMask, mine: int, others: int) -> None:
    asking, other = read_request(mine), read_request(others)[SAMPLE_RATE:]
    alone = mix_voices(asking, other, "clean", 0.0, 0.7).samples
    mixed = mix_voices(asking, other, "over", 0.0, 0.7).samples
    beside = mixed - alone[: mixed.size]
    spectrum = analyse(mixed)
    share = mask.measure(mixed, spectrum, WAKE_WORD)
    powers = [np.abs(analyse(one)) ** 2 for one in (alone, beside)]
    kept, left = (float((power * share**2).sum() / power.sum()) for power in powers)
    assert share.shape == spectrum.shape
    assert kept > 2.0 * left


@pytest.mark.parametrize(("mine", "others"), [(1, (2, 7)), (4, (7, 3)), (7, (3, 2))])
def test_the_end_of_a_request_is_found_though_somebody_goes_on(
    mask: VoiceMask, mine: int, others: tuple[int, int]
) -> None:
    asking = read_request(mine)
    after = np.zeros(SAMPLE_RATE, dtype=np.float32)
    other = np.concatenate([read_request(number)[SAMPLE_RATE:] for number in others])
    mixed = mix_voices(np.concatenate([asking, after]), other, "over", 5.0, 0.7)
    voice = mask.find_voice(Clip(mixed.samples), WAKE_WORD)
    assert voice is not None
    track = voice.follow()
    ends_s = mixed.start_s + asking.size / SAMPLE_RATE
    assert track.find_end() == pytest.approx(ends_s, abs=AFTER_VOICE_S)
    own, beside = track.measure_shares([WAKE_WORD, Span(ends_s + 0.2, ends_s + 0.8)])
    assert own > 0.9
    assert beside < 0.1


def test_a_voice_cannot_be_found_where_nothing_is_heard(mask: VoiceMask) -> None:
    clip = Clip(np.zeros(2 * SAMPLE_RATE, dtype=np.float32))
    assert mask.find_voice(clip, WAKE_WORD) is None


def test_next_to_nothing_of_others_is_nothing_to_do(mask: VoiceMask) -> None:
    clip = Clip(mix_voices(read_request(2), read_request(3), "clean", 0.0, 0.7).samples)
    assert turn_others_down(mask, clip, WAKE_WORD) == ()


@pytest.mark.parametrize(
    ("everywhere", "is_changed"), [(0.0, False), (0.2, False), (0.5, True), (0.8, True), (1.0, False)]
)
def test_who_speaks_alone_and_who_is_not_found_again_stay_as_they_are(everywhere: float, is_changed: bool) -> None:
    clip = Clip(mix_voices(read_request(1), read_request(2), "over", 0.0, 0.7).samples)
    versions = turn_others_down(make_even_mask(everywhere), clip, WAKE_WORD)
    assert len(versions) == (len(STRENGTHS) if is_changed else 0)
    powers = {strength: float((one.samples**2).mean()) for strength, one in zip(STRENGTHS, versions, strict=False)}
    assert sorted(powers, key=powers.__getitem__) == (sorted(STRENGTHS) if is_changed else [])


@pytest.mark.parametrize("wake_word", [WAKE_WORD, Span(0.0, 0.0), Span(0.0, 60.0), Span(50.0, 60.0)])
@pytest.mark.parametrize("duration_s", [0.001, 0.5, 3.0])
def test_any_clip_and_any_span_give_clips(mask: VoiceMask, duration_s: float, wake_word: Span) -> None:
    even = make_even_mask(0.5)
    size = max(1, round(duration_s * SAMPLE_RATE))
    for loudness in (0.0, 0.1):
        clip = Clip((loudness * make_pink_noise(size, 3)).astype(np.float32))
        versions = turn_others_down(even, clip, wake_word)
        for one in (*versions, *turn_others_down(mask, clip, wake_word)):
            assert one.samples.size == clip.samples.size
            assert np.isfinite(one.samples).all()
        assert bool(versions) == (loudness > 0.0 and duration_s == 3.0 and wake_word == WAKE_WORD)


@pytest.mark.parametrize(
    "break_it",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(path.read_bytes()[:-100]),
        lambda path: path.with_suffix(".json").unlink(),
        lambda path: path.with_suffix(".json").write_text(json.dumps({"sha256": "0" * 64})),
    ],
)
def test_a_file_that_is_not_what_was_written_is_told(tmp_path: Path, break_it: Callable[[Path], object]) -> None:
    path = tmp_path / PATH.name
    for suffix in (".npz", ".json"):
        shutil.copy(PATH.with_suffix(suffix), path.with_suffix(suffix))
    VoiceMask.load(path)
    break_it(path)
    with pytest.raises(ModelError, match="mask"):
        VoiceMask.load(path)
