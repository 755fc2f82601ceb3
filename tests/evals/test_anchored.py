"""The measurement of anchored speech, over two shipped clips and over texts alone."""

import itertools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import ManifestError
from core.settings import ROOT
from core.speech.anchoring import Span
from core.speech.audio import SAMPLE_RATE, read_clip
from core.speech.whisper import find_speech
from evals import anchored, mix
from evals.anchored import Heard, read_anchors, score
from evals.corpus.clips import write_flac
from evals.corpus.noise import make_pink_noise
from evals.manifest import read_manifest
from evals.mixing import MARGIN_S
from tests.commands import exit_status

BACKGROUND = ROOT / "data" / "background"
ONE = Heard(
    "a-after",
    "a",
    "after",
    "Turn it on.",
    "Turn it on. Who is it?",
    "Turn it on.",
    "filtered",
    4.0,
    100.0,
    500.0,
    800.0,
)


def make_set(folder: Path, names: tuple[str, ...]) -> Path:
    lines = [json.loads(line) for line in (BACKGROUND / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    (folder / "audio").mkdir(parents=True)
    chosen = [line for line in lines if line["utterance_id"] in names]
    for line in chosen:
        (folder / line["audio_filepath"]).write_bytes((BACKGROUND / line["audio_filepath"]).read_bytes())
    (folder / "manifest.jsonl").write_text("".join(json.dumps(line) + "\n" for line in chosen), encoding="utf-8")
    return folder / "manifest.jsonl"


def test_the_command_keeps_the_texts_and_tells_what_anchoring_changes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest, out = make_set(tmp_path / "set", ("dev-background-2-clean", "dev-background-2-after")), tmp_path / "run"
    assert anchored.main(["--manifest", str(manifest), "--out", str(out), "--split", "dev"]) == 0
    heard = [json.loads(line) for line in (out / "hypotheses.jsonl").read_text(encoding="utf-8").splitlines()]
    scores = json.loads((out / "scores.json").read_text(encoding="utf-8"))
    clean, after = heard
    assert clean["with_anchoring"] == clean["without_anchoring"]
    assert len(after["with_anchoring"]) < len(after["without_anchoring"])
    assert scores["groups"]["after"]["wer_with"] < scores["groups"]["after"]["wer_without"]
    assert "after" in capsys.readouterr().out
    assert exit_status(anchored.main, ["--manifest", str(manifest), "--out", str(out)]) == 1
    assert "give a folder that does not exist yet" in capsys.readouterr().err


def test_errors_are_added_up_by_the_place_of_the_other_voice() -> None:
    before = replace(ONE, utterance_id="b-before", dialogue_id="b", background="before", outcome="unsure")
    scores = score([ONE, replace(before, with_anchoring=before.without_anchoring)])
    assert scores["groups"]["after"]["wer_without"] == 1.0
    assert scores["groups"]["after"]["reduction"]["value"] == 1.0
    assert scores["groups"]["beside"]["utterances"] == 2
    assert scores["groups"]["beside"]["reduction"]["value"] == 0.5
    assert scores["anchoring_x_real_time"] == 0.025
    assert scores["again_x_real_time"] == 0.2
    assert "over" not in scores["groups"]


def test_recordings_are_mixed_with_an_anchor_that_reads_back(tmp_path: Path) -> None:
    shipped = read_manifest(BACKGROUND / "manifest.jsonl")
    asking = [one for one in shipped if one.utterance_id == "dev-background-2-clean"]
    others = [one for one in shipped if one.utterance_id == "dev-background-3-clean"]
    assert mix.mix_set(asking, others, tmp_path / "mixed") == 10
    mixed = read_manifest(tmp_path / "mixed" / "manifest.jsonl")
    anchors = read_anchors(tmp_path / "mixed" / "manifest.jsonl")
    places = [(one.slices["background"], one.slices.get("snr_db")) for one in mixed]
    assert places == [("clean", None), *itertools.product(("before", "after", "over"), (10.0, 5.0, 0.0))]
    assert anchors["dev-background-2-clean-clean"] == Span(0.25, 1.25)
    assert anchors["dev-background-2-clean-before-5"].start_s > 2.0


def test_the_anchor_of_a_recording_is_speech_and_not_the_noise_before_it(tmp_path: Path) -> None:
    shipped = read_manifest(BACKGROUND / "manifest.jsonl")
    clip = read_clip(next(one for one in shipped if one.utterance_id == "dev-background-2-clean").audio_path)
    noise_before_and_after = np.pad(clip.samples, SAMPLE_RATE) + 0.003 * make_pink_noise(
        clip.samples.size + 2 * SAMPLE_RATE, 1
    )
    write_flac(tmp_path / "noisy.flac", noise_before_and_after.astype(np.float32))
    asking = [replace(one, audio_path=tmp_path / "noisy.flac") for one in shipped[:1]]
    mix.mix_set(asking, shipped[1:2], tmp_path / "mixed")
    mixed = read_manifest(tmp_path / "mixed" / "manifest.jsonl")
    heard = read_clip(mixed[0].audio_path)
    anchor = read_anchors(tmp_path / "mixed" / "manifest.jsonl")[mixed[0].utterance_id]
    assert find_speech(heard)[0].start_s == pytest.approx(anchor.start_s, abs=0.1)
    assert heard.duration_s == pytest.approx(find_speech(heard)[-1].end_s + mix.EDGE_S + MARGIN_S, abs=0.1)


def test_what_is_no_longer_than_its_anchor_is_left_out(tmp_path: Path) -> None:
    shipped = read_manifest(BACKGROUND / "manifest.jsonl")
    clip = read_clip(shipped[0].audio_path)
    write_flac(tmp_path / "short.flac", clip.samples[:SAMPLE_RATE])
    asking = [replace(shipped[0], audio_path=tmp_path / "short.flac"), shipped[1]]
    assert mix.mix_set(asking, shipped[2:3], tmp_path / "mixed") == 10


@pytest.mark.parametrize("anchor", [3, {"start_s": 1}, {"start_s": 2, "end_s": 1}, {"start_s": 0, "end_s": 99}])
def test_an_anchor_that_is_none_is_told_with_its_line(tmp_path: Path, anchor: object) -> None:
    path = tmp_path / "manifest.jsonl"
    path.write_text(json.dumps({"utterance_id": "a", "duration": 3.0, "anchor": anchor}), encoding="utf-8")
    with pytest.raises(ManifestError, match="line 1, anchor"):
        read_anchors(path)


def test_a_half_holds_half_of_the_speakers() -> None:
    shipped = read_manifest(BACKGROUND / "manifest.jsonl")
    halves = [{one.speaker for one in mix.take_half(shipped, half)} for half in ("first", "second")]
    assert not halves[0] & halves[1]
    assert halves[0] | halves[1] == {one.speaker for one in shipped}
