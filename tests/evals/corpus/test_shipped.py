"""What ships under data/ is what the texts say, and is whole."""

import json
from collections import Counter

import pytest
import soundfile as sf

from core.context.bias import BiasList, Hotword
from core.dialogue import ContextItem
from core.models import file_sha256
from core.settings import ROOT
from core.speech.audio import read_clip
from core.speech.recognizer import Recognizer
from evals.corpus.build import list_items
from evals.corpus.noise import SAMPLE_RATE
from evals.corpus.records import Item
from evals.corpus.texts import read_dialogues
from evals.manifest import Utterance, read_manifest

FOLLOWUPS = ROOT / "data" / "followups"
CALL_MEG = ROOT / "data" / "scenarios" / "call_meg"
UTTERANCES = {utterance.utterance_id: utterance for utterance in read_manifest(FOLLOWUPS / "manifest.jsonl")}
ORIGINS = {
    origin["id"]: origin for origin in json.loads((FOLLOWUPS / "provenance.json").read_text(encoding="utf-8"))["items"]
}
ITEMS = list_items(read_dialogues())
MAX_BYTES = 10_000_000


def tell_texts(item: Item) -> tuple[object, ...]:
    one = item.follow_up
    return one.say, one.kind, one.voice, item.dialogue.turns, item.dialogue.context, tuple(one.bias_words)


def tell_manifest(utterance: Utterance) -> tuple[object, ...]:
    return (
        utterance.text,
        utterance.kind,
        utterance.speaker,
        utterance.dialogue,
        utterance.context,
        utterance.bias_words,
    )


def test_the_manifest_holds_the_texts_in_their_order() -> None:
    assert [item.id for item in ITEMS] == list(UTTERANCES) == list(ORIGINS)
    assert [tell_texts(item) for item in ITEMS] == [tell_manifest(utterance) for utterance in UTTERANCES.values()]


def test_every_clip_was_made_with_the_voice_seed_speed_and_noise_of_its_text() -> None:
    for item in ITEMS:
        one, origin = item.follow_up, ORIGINS[item.id]
        made = (one.say, one.voice, one.seed, one.speed, one.noise, one.snr_db, one.duration_s, one.level_dbfs)
        keys = ("say", "voice", "seed", "speed", "noise", "snr_db", "duration_s", "level_dbfs")
        assert made == tuple(origin[key] for key in keys), item.id


def test_every_clip_is_the_one_of_its_provenance() -> None:
    for utterance_id, utterance in UTTERANCES.items():
        assert file_sha256(utterance.audio_path) == ORIGINS[utterance_id]["sha256"], utterance_id


def test_every_clip_is_16_bit_flac_mono_16_khz_of_the_stated_duration() -> None:
    for utterance in UTTERANCES.values():
        info = sf.info(utterance.audio_path)
        assert (info.format, info.subtype, info.channels, info.samplerate) == ("FLAC", "PCM_16", 1, SAMPLE_RATE)
        assert info.duration == pytest.approx(utterance.duration_s, abs=0.0006)


def test_no_file_lies_in_the_set_that_the_manifest_does_not_name() -> None:
    assert set(FOLLOWUPS.rglob("*.flac")) == {one.audio_path for one in UTTERANCES.values()}


def test_the_set_is_small() -> None:
    assert sum(path.stat().st_size for path in FOLLOWUPS.rglob("*")) < MAX_BYTES


def test_every_kind_is_there_and_most_are_positive() -> None:
    kinds = Counter(utterance.kind for utterance in UTTERANCES.values())
    assert kinds["positive"] >= 60
    assert all(kinds[kind] >= 4 for kind in ("anti", "sound_alike", "no_context", "no_speech"))


def test_every_source_names_a_licence() -> None:
    licences = ("Apache-2.0", "MIT-Festival")
    assert all(utterance.source.endswith(licences) for utterance in UTTERANCES.values())


@pytest.mark.parametrize("name", ["turn_1.flac", "turn_2.flac"])
def test_the_clips_of_the_example_are_those_of_its_provenance(name: str) -> None:
    provenance = json.loads((CALL_MEG / "provenance.json").read_text(encoding="utf-8"))
    made = {item["audio"]: item["sha256"] for item in provenance["items"]}
    assert file_sha256(CALL_MEG / name) == made[name]


def test_the_example_is_heard_as_the_walkthrough_tells_it() -> None:
    """The first clip plainly; the second as another word without context, and right with two or with many contacts."""
    recognizer = Recognizer.load("tiny.en", threads=2)
    assert recognizer.recognize(read_clip(CALL_MEG / "turn_1.flac")).text == "Call Meg."
    others = [item.text for dialogue in read_dialogues() for item in dialogue.context if item.signal == "contacts"]
    for names in (["Meg Jones", "Meg Bauer"], ["Meg Jones", "Meg Bauer", *others[:10]]):
        bias = BiasList(tuple(Hotword(name, ContextItem("contacts", name), score=1.0) for name in names))
        recognition = recognizer.recognize(read_clip(CALL_MEG / "turn_2.flac"), bias)
        assert (recognition.without_context.text, recognition.with_context.text) == ("Power.", "Bauer.")


def test_the_turns_of_the_example_are_spoken_by_its_voice() -> None:
    scenario = json.loads((CALL_MEG / "scenario.json").read_text(encoding="utf-8"))
    assert [turn["text"] for turn in scenario["turns"]] == ["Call Meg.", "Bauer."]
    assert all((CALL_MEG / turn["audio"]).is_file() for turn in scenario["turns"])
    assert scenario["source"].startswith("flite/slt")
