"""When an utterance is over, decided on real speech, in silence and in noise."""

import numpy as np
import pytest

from core.speech.audio import SAMPLE_RATE, Samples
from core.speech.end_of_speech import EndOfSpeech, measure_dbfs
from core.speech.microphone import BLOCK_S, BLOCK_SAMPLES
from tests.core.speech.sounds import add_noise, make_silence, speak_sentence


@pytest.fixture(scope="module")
def spoken() -> Samples:
    return speak_sentence()


def find_end_s(samples: Samples, end: EndOfSpeech) -> float | None:
    """When `end` says that the utterance is over."""
    for number in range(samples.size // BLOCK_SAMPLES):
        block = samples[number * BLOCK_SAMPLES : (number + 1) * BLOCK_SAMPLES]
        if end.hear(measure_dbfs(block), number * BLOCK_S):
            return number * BLOCK_S
    return None


@pytest.mark.parametrize(
    ("samples", "level_dbfs"),
    [
        (np.ones(480, np.float32), 0.0),
        (np.tile([0.5, -0.5], 240).astype(np.float32), -6.02),
        (np.sin(np.arange(480) * 2 * np.pi / 48).astype(np.float32), -3.01),
        (np.zeros(480, np.float32), -120.0),
    ],
)
def test_levels_are_rms_below_full_scale(samples: Samples, level_dbfs: float) -> None:
    assert measure_dbfs(samples) == pytest.approx(level_dbfs, abs=0.01)


@pytest.mark.parametrize("noise_dbfs", [-120.0, -70.0, -50.0, -40.0])
@pytest.mark.parametrize("silence_s", [0.5, 0.8, 1.2])
def test_an_utterance_ends_once_the_silence_after_it_has_lasted(
    spoken: Samples, noise_dbfs: float, silence_s: float
) -> None:
    room = np.concatenate([make_silence(0.7), spoken, make_silence(3.0)])
    end = EndOfSpeech(silence_s)
    ended_s = find_end_s(add_noise(room, noise_dbfs), end)
    spoken_until_s = 0.7 + spoken.size / SAMPLE_RATE
    assert end.began_s == pytest.approx(0.7, abs=0.25)
    assert ended_s == pytest.approx(spoken_until_s + silence_s, abs=0.3)


def test_speech_that_is_there_from_the_first_sample_is_noticed(spoken: Samples) -> None:
    end = EndOfSpeech()
    ended_s = find_end_s(add_noise(np.concatenate([spoken, make_silence(2.0)]), -50.0), end)
    assert end.began_s is not None
    assert end.began_s < 0.4
    assert ended_s is not None
    assert ended_s > spoken.size / SAMPLE_RATE


@pytest.mark.parametrize("gain_db", [-20.0, -10.0, 0.0])
def test_how_near_the_microphone_is_does_not_matter(spoken: Samples, gain_db: float) -> None:
    room = add_noise(np.concatenate([make_silence(0.7), spoken, make_silence(2.0)]), -50.0)
    near_s = find_end_s(room, EndOfSpeech())
    assert near_s is not None
    assert find_end_s((room * 10 ** (gain_db / 20)).astype(np.float32), EndOfSpeech()) == pytest.approx(near_s, abs=0.2)


@pytest.mark.parametrize(("pause_s", "ends_in_the_pause"), [(0.4, False), (1.6, True)])
def test_only_a_long_pause_ends_the_utterance(spoken: Samples, pause_s: float, ends_in_the_pause: bool) -> None:
    room = np.concatenate([make_silence(0.5), spoken, make_silence(pause_s), spoken, make_silence(2.0)])
    ended_s = find_end_s(add_noise(room, -55.0), EndOfSpeech())
    assert ended_s is not None
    assert (ended_s < 0.5 + spoken.size / SAMPLE_RATE + pause_s) == ends_in_the_pause


@pytest.mark.parametrize("noise_dbfs", [-120.0, -60.0, -30.0, -15.0])
def test_steady_noise_is_no_speech_at_any_level(noise_dbfs: float) -> None:
    end = EndOfSpeech()
    assert find_end_s(add_noise(make_silence(10.0), noise_dbfs), end) is None
    assert end.began_s is None


def test_the_hiss_of_a_device_that_wakes_up_is_no_speech() -> None:
    samples = np.concatenate([make_silence(1.0), add_noise(make_silence(2.0), -75.0), make_silence(2.0)])
    end = EndOfSpeech()
    assert find_end_s(samples, end) is None
    assert end.began_s is None


def test_a_click_is_no_speech() -> None:
    samples = add_noise(make_silence(3.0), -60.0)
    samples[SAMPLE_RATE : SAMPLE_RATE + 300] = 0.9
    end = EndOfSpeech()
    assert find_end_s(samples, end) is None
    assert end.began_s is None


def test_noise_that_starts_in_the_middle_becomes_the_new_floor(spoken: Samples) -> None:
    fan = add_noise(make_silence(9.0), -35.0)
    samples = np.concatenate([add_noise(np.concatenate([make_silence(0.5), spoken]), -60.0), fan])
    ended_s = find_end_s(samples, EndOfSpeech())
    assert ended_s is not None
    assert ended_s < 0.5 + spoken.size / SAMPLE_RATE + EndOfSpeech.FLOOR_WINDOW_S + 1.0
