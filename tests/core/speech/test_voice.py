"""The real voice: what it says can be measured, and is the same every time."""

import io
import subprocess
import sys
import wave
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hibari import Hibari

from core.errors import ModelError
from core.speech.audio import decode_clip
from core.speech.letter_to_sound import guess_phonemes
from core.speech.voice import Voice

QUESTION = "Do you mean Meg Jones or Meg Bauer?"


@pytest.fixture(scope="module")
def voice() -> Voice:
    return Voice()


def test_a_reply_is_spoken_at_a_human_pace_and_level(voice: Voice) -> None:
    speech = voice.speak(QUESTION)
    assert speech.sample_rate == 24_000
    assert speech.samples.dtype == np.float32
    assert speech.samples.ndim == 1
    # Eight words at two to five a second.
    assert 1.6 < speech.duration_s < 4.0
    assert 0.05 < np.abs(speech.samples).max() <= 1.0


def test_a_longer_reply_takes_longer(voice: Voice) -> None:
    assert voice.speak(f"{QUESTION} {QUESTION}").duration_s > 1.8 * voice.speak(QUESTION).duration_s


def test_a_name_that_the_dictionary_lacks_is_said_as_it_is_listened_for(voice: Voice) -> None:
    by_itself, guessed = Hibari(), guess_phonemes("Baumgartner", stressed=True)
    [before, after] = by_itself.phonemize("Call Meg. Baumgartner.")
    assert guessed not in after
    said = voice.speak("Baumgartner.").samples
    assert np.array_equal(said, by_itself.from_phonemes(f"{guessed}.", seed=0))
    assert np.array_equal(voice.speak("Call Meg.").samples, by_itself.from_phonemes(before, seed=0))


def test_a_name_in_letters_that_nobody_guesses_is_still_said(voice: Voice) -> None:
    assert voice.speak("R2 Żółć.").duration_s > 0.5


def test_different_replies_sound_different(voice: Voice) -> None:
    one, other = voice.speak("Calling Meg Jones.").samples, voice.speak("Calling Meg Bauer.").samples
    assert one.shape != other.shape or not np.allclose(one, other)


def test_the_same_reply_is_the_same_bytes_also_from_another_voice_object(voice: Voice) -> None:
    assert voice.speak(QUESTION).wav == voice.speak(QUESTION).wav == Voice().speak(QUESTION).wav


def test_the_wav_plays_as_long_as_the_speech_and_can_be_recognised(voice: Voice) -> None:
    speech = voice.speak(QUESTION)
    with wave.open(io.BytesIO(speech.wav)) as file:
        assert (file.getnchannels(), file.getframerate()) == (1, 24_000)
        assert file.getnframes() / file.getframerate() == speech.duration_s
    assert decode_clip(speech.wav).duration_s == pytest.approx(speech.duration_s, abs=0.001)


@pytest.mark.parametrize("text", ["", "   ", "\n\n", "\0"])
def test_nothing_to_say_is_speech_of_no_length(voice: Voice, text: str) -> None:
    speech = voice.speak(text)
    assert speech.duration_s == 0.0
    with wave.open(io.BytesIO(speech.wav)) as file:
        assert file.getnframes() == 0


@pytest.mark.parametrize(
    "text",
    ["Žižek, Xiomara and O'Brien.", "Call 0800-123 at 7:30 pm.", "日本語", "😀", "<|endoftext|>", "a" * 2000, "?!..."],
)
def test_odd_replies_are_spoken_as_far_as_they_can_be(voice: Voice, text: str) -> None:
    samples = voice.speak(text).samples
    assert np.isfinite(samples).all()
    assert np.abs(samples).max(initial=0.0) <= 1.0


def test_threads_share_one_voice_that_is_loaded_once() -> None:
    voice = Voice()
    texts = ["Calling Meg Bauer.", "Turning on the foyer sconce.", QUESTION] * 4
    with ThreadPoolExecutor(4) as pool:
        together = [speech.wav for speech in pool.map(voice.speak, texts)]
    assert together == [voice.speak(text).wav for text in texts]


def test_making_a_voice_loads_nothing() -> None:
    code = "import sys; from core.speech.voice import Voice; Voice(); print('hibari' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_missing_package_is_a_model_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hibari", None)
    with pytest.raises(ModelError, match="hibari is not installed"):
        Voice().load()


def test_other_weights_than_the_pinned_ones_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assets = tmp_path / "hibari" / "assets"
    assets.mkdir(parents=True)
    (assets.parent / "__init__.py").touch()
    (assets / "hibari.onnx").write_bytes(b"other weights")
    monkeypatch.delitem(sys.modules, "hibari", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModelError, match=r"hibari\.onnx .* is not the pinned file"):
        Voice().speak("Hello.")


def test_a_runtime_that_is_missing_is_a_model_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ModelError, match="hibari-tts"):
        Voice().load()
