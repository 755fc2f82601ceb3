"""Training the voice mask: what is mixed, the network beside its sums, and a small one from end to end."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from core.speech.anchoring import Span
from core.speech.audio import SAMPLE_RATE
from core.speech.level import measure_active_rms
from core.speech.voice_mask import BINS, VoiceMask, mark_anchor
from core.speech.words import FUNCTION_WORDS, spoken_words
from evals.corpus.noise import make_pink_noise
from evals.voice_mask import __main__ as command
from evals.voice_mask.__main__ import main
from evals.voice_mask.mixtures import Mixer
from evals.voice_mask.training import DURATIONS_S, LONG_DURATIONS_S, Network, draw_batch, measure_loss
from evals.voice_mask.voices import REQUESTS, Voice, draw_request, draw_talk, prepare
from tests.commands import exit_status
from tests.evals.test_phone_head import read_test_names

VOICES: list[Voice] = prepare([make_pink_noise(2 * SAMPLE_RATE, seed).astype(np.float16) for seed in range(4)])


@pytest.mark.parametrize("draw", [draw_request, draw_talk])
def test_no_name_of_the_test_split_is_said(draw: Callable[[random.Random], str]) -> None:
    said = {word for seed in range(200) for word in spoken_words(draw(random.Random(seed)))}  # noqa: S311 - no secret
    shapes = {word for shape in REQUESTS for word in spoken_words(shape)}
    assert len(said) > 200
    assert not (said & read_test_names()) - FUNCTION_WORDS - shapes


def test_every_request_begins_with_the_wake_word() -> None:
    requests = [draw_request(random.Random(seed)) for seed in range(50)]  # noqa: S311 - no secret
    assert all(spoken_words(request)[0] == "alexa" for request in requests)


def test_what_is_short_or_silent_is_nobodys_voice() -> None:
    silence, short = (np.zeros(size, dtype=np.float16) for size in (2 * SAMPLE_RATE, 100))
    assert prepare([silence, short]) == []
    assert all(measure_active_rms(one.astype(np.float32)) == pytest.approx(1.0, abs=0.01) for one in VOICES)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("duration_s", [2.8, 9.0])
def test_until_the_anchor_ends_nobody_else_speaks(seed: int, duration_s: float) -> None:
    first, again = (Mixer(VOICES, seed).draw(duration_s) for _ in range(2))
    others = first.mixed - first.wanted
    assert np.array_equal(first.mixed, again.mixed)
    assert first.mixed.size == round(duration_s * SAMPLE_RATE)
    assert not others[: round((first.anchor.end_s - 0.05) * SAMPLE_RATE)].any()
    anchor = first.anchor.cut(first.mixed)
    assert measure_active_rms(anchor) == pytest.approx(0.1, rel=0.01)


def test_in_a_long_clip_who_asks_goes_on_and_others_come_and_go() -> None:
    mixer = Mixer(VOICES, 9)
    drawn = [mixer.draw(9.0) for _ in range(30)]
    spoken_s = np.array([np.flatnonzero(one.wanted)[-1] / SAMPLE_RATE for one in drawn])
    others = [np.flatnonzero(np.abs(one.mixed - one.wanted) > 1e-3) / SAMPLE_RATE for one in drawn]
    heard = [one for one in others if one.size]
    assert spoken_s.min() > 4.0
    assert np.mean(spoken_s > 8.0) > 0.5
    assert min(one[0] for one in heard) < 1.5
    assert max(one[0] for one in heard) > 3.0
    assert min(one[-1] for one in heard) < 5.0


def test_the_network_computes_what_is_computed_without_torch() -> None:
    torch.manual_seed(1)
    network = Network().eval()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    seen = np.random.default_rng(2).uniform(0.0, 1.0, (60, BINS)).astype(np.float32)
    is_anchor = mark_anchor(60, Span(0.1, 0.6))
    with torch.no_grad():
        logits = network(torch.tensor(seen)[None], torch.tensor(is_anchor, dtype=torch.float32)[None])
    mask = VoiceMask({name: value.numpy() for name, value in network.state_dict().items()})
    assert np.allclose(mask._compute(seen, is_anchor), torch.sigmoid(logits)[0].numpy(), atol=1e-4)


@pytest.mark.parametrize("duration_s", sorted({*DURATIONS_S, *LONG_DURATIONS_S}))
def test_the_ideal_mask_is_the_best_one(duration_s: float) -> None:
    mixed, wanted, others, _ = draw_batch(Mixer(VOICES, 5), duration_s)
    ideal = (wanted / (wanted**2 + others**2 + 1e-8).sqrt()).clamp(1e-4, 1 - 1e-4)
    best = measure_loss(torch.logit(ideal), mixed, wanted, others)
    for other in (torch.full_like(mixed, 9.0), torch.zeros_like(mixed)):
        assert best < measure_loss(other, mixed, wanted, others)


def test_a_mask_is_trained_written_and_loaded(tmp_path: Path) -> None:
    path = tmp_path / "mask.npz"
    assert main(["--said", "6", "--steps", "1", "--jobs", "1", "--out", str(path)]) == 0
    described = json.loads(path.with_suffix(".json").read_text())
    assert (described["said"], described["steps"], described["steps_with_long_clips"]) == (6, 1, 1)
    assert "zm_yunyang: Kokoro-82M" in described["voices"][-1]
    VoiceMask.load(path)


def test_a_place_where_no_mask_can_be_written_is_told_before_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "make_voices", lambda *_: pytest.fail("it spoke first"))
    assert exit_status(main, ["--out", str(tmp_path)]) == 1
    assert "choose another --out" in capsys.readouterr().err
