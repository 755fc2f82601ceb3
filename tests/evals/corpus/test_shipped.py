"""What ships under data/ is what the texts say, and is whole."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import soundfile as sf

from core.context.bias import BiasList, Hotword
from core.dialogue import ContextItem
from core.models import file_sha256
from core.settings import ROOT
from core.speech.audio import read_clip
from core.speech.recognizer import Recognizer
from evals.corpus.build import list_items
from evals.corpus.casting import CONDITIONS
from evals.corpus.followups import SIGNALS
from evals.corpus.names import grow_context
from evals.corpus.noise import SAMPLE_RATE
from evals.corpus.records import Item
from evals.corpus.sets import SETS, read_dropped, read_set
from evals.corpus.texts import SPLITS
from evals.manifest import Utterance, read_manifest

DATA = ROOT / "data"
CALL_MEG = DATA / "scenarios" / "call_meg"
MAX_BYTES = 80_000_000
MADE_WITH = ("say", "voice", "seed", "speed", "noise", "snr_db", "duration_s", "level_dbfs")


@dataclass(frozen=True)
class Shipped:
    """One set: what its texts say and what lies on disk."""

    folder: Path
    items: list[Item]
    utterances: dict[str, Utterance]
    provenance: dict[str, Any]

    @property
    def origins(self) -> dict[str, dict[str, Any]]:
        return {origin["id"]: origin for origin in self.provenance["items"]}


def read_shipped(name: str) -> Shipped:
    folder = DATA / name
    utterances = {utterance.utterance_id: utterance for utterance in read_manifest(folder / "manifest.jsonl")}
    provenance = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    return Shipped(folder, list_items(read_set(name)), utterances, provenance)


ALL = {name: read_shipped(name) for name in SETS}
each_set = pytest.mark.parametrize("shipped", ALL.values(), ids=ALL)


def tell_texts(item: Item) -> tuple[object, ...]:
    one = item.follow_up
    return one.say, one.kind, one.voice, item.dialogue.turns, item.dialogue.context, tuple(one.bias_words)


def tell_manifest(one: Utterance) -> tuple[object, ...]:
    return one.text, one.kind, one.speaker, one.dialogue, one.context, one.bias_words


@each_set
def test_the_manifest_holds_the_texts_in_their_order(shipped: Shipped) -> None:
    assert [item.id for item in shipped.items] == list(shipped.utterances)
    assert [tell_texts(item) for item in shipped.items] == [tell_manifest(one) for one in shipped.utterances.values()]


@each_set
def test_every_clip_was_made_with_the_voice_seed_speed_and_noise_of_its_text(shipped: Shipped) -> None:
    for item in shipped.items:
        one, origin = item.follow_up, shipped.origins[item.follow_up.clip_id]
        assert [getattr(one, key) for key in MADE_WITH] == [origin[key] for key in MADE_WITH], item.id
        assert list(one.talkers) == origin["talkers"], item.id


@each_set
def test_every_clip_is_the_one_of_its_provenance(shipped: Shipped) -> None:
    for utterance_id, origin in shipped.origins.items():
        assert file_sha256(shipped.utterances[utterance_id].audio_path) == origin["sha256"], utterance_id


@each_set
def test_every_clip_is_16_bit_flac_mono_16_khz_of_the_stated_duration(shipped: Shipped) -> None:
    for utterance in shipped.utterances.values():
        info = sf.info(utterance.audio_path)
        assert (info.format, info.subtype, info.channels, info.samplerate) == ("FLAC", "PCM_16", 1, SAMPLE_RATE)
        assert info.duration == pytest.approx(utterance.duration_s, abs=0.0006)


@each_set
def test_no_file_lies_in_the_set_that_the_manifest_does_not_name(shipped: Shipped) -> None:
    assert set(shipped.folder.rglob("*.flac")) == {one.audio_path for one in shipped.utterances.values()}


@each_set
def test_every_source_names_a_licence(shipped: Shipped) -> None:
    licences = ("Apache-2.0", "MIT-Festival")
    assert all(utterance.source.endswith(licences) for utterance in shipped.utterances.values())


@each_set
def test_a_report_can_group_by_split_noise_and_size_of_the_list(shipped: Shipped) -> None:
    for one in shipped.utterances.values():
        assert one.slices["split"] in SPLITS
        assert ("snr_db" in one.slices) == (one.slices["noise"] != "none" and one.kind != "no_speech"), one.utterance_id
        size = len(one.context)
        assert one.slices["list_size"] == ("none" if not size else "small" if size <= 12 else str(size))
        assert ("homophone" in one.slices) == (one.kind == "sound_alike")


def test_all_that_ships_is_small() -> None:
    corpora = (path for path in DATA.rglob("*") if not path.is_relative_to(DATA / "runs"))
    assert sum(path.stat().st_size for path in corpora) < MAX_BYTES


def test_there_are_600_follow_ups_and_300_turns_of_harm_without_counting_a_clip_twice() -> None:
    kinds = {name: Counter(i.follow_up.kind for i in shipped.items if i.has_own_clip) for name, shipped in ALL.items()}
    assert kinds["followups"].total() >= 600
    assert set(kinds["followups"]) == {"positive", "anti"}
    assert kinds["followups"]["positive"] >= 500
    assert kinds["harm"].total() >= 300
    assert all(kinds["harm"][kind] >= 60 for kind in ("anti", "sound_alike", "no_context", "no_speech"))


@pytest.mark.parametrize("split", SPLITS)
def test_each_split_holds_all_signals_forms_noises_and_sizes(split: str) -> None:
    slices = [one.slices for one in ALL["followups"].utterances.values() if one.slices["split"] == split]
    assert {one["signal"] for one in slices} == set(SIGNALS)
    assert {one["form"] for one in slices} == {"short", "full", "sentence", "ordinal"}
    assert {(one["noise"], one.get("snr_db")) for one in slices} == set(CONDITIONS)
    assert {one["list_size"] for one in slices} == {"small", "200", "1000", "2000"}


def test_what_was_dropped_is_written_down_with_what_was_heard() -> None:
    dropped = ALL["followups"].provenance["dropped"]
    assert dropped == read_dropped()
    assert dropped
    assert not set(dropped) & set(ALL["followups"].utterances)


@pytest.mark.parametrize("noise", ["silence", "pink", "white", "music", "babble"])
def test_nobody_speaks_in_several_clips_of_each_sound(noise: str) -> None:
    clips = [one for one in ALL["harm"].utterances.values() if one.kind == "no_speech" and one.slices["noise"] == noise]
    assert len(clips) >= 10
    for one in clips:
        samples, _ = sf.read(one.audio_path)
        assert one.text == ""
        assert samples.any() == (noise != "silence")


@pytest.mark.parametrize("name", ["turn_1.flac", "turn_2.flac"])
def test_the_clips_of_the_example_are_those_of_its_provenance(name: str) -> None:
    provenance = json.loads((CALL_MEG / "provenance.json").read_text(encoding="utf-8"))
    made = {item["audio"]: item["sha256"] for item in provenance["items"]}
    assert file_sha256(CALL_MEG / name) == made[name]


def test_the_example_is_heard_as_the_walkthrough_tells_it() -> None:
    """The first clip plainly; the second as another word without context, and right with two or with many contacts."""
    recognizer = Recognizer.load("tiny.en", threads=2)
    assert recognizer.recognize(read_clip(CALL_MEG / "turn_1.flac")).text == "call Meg"
    others = [item.text for item in grow_context((ContextItem("contacts", "Meg Jones"),), 10, "dev", "meg", said="")]
    for names in (["Meg Jones", "Meg Bauer"], ["Meg Jones", "Meg Bauer", *others]):
        bias = BiasList(tuple(Hotword(name, ContextItem("contacts", name), score=1.0) for name in names))
        recognition = recognizer.recognize(read_clip(CALL_MEG / "turn_2.flac"), bias)
        assert (recognition.without_context.text, recognition.with_context.text) == ("Power.", "Bauer.")


def test_the_turns_of_the_example_are_spoken_by_its_voice() -> None:
    scenario = json.loads((CALL_MEG / "scenario.json").read_text(encoding="utf-8"))
    assert [turn["text"] for turn in scenario["turns"]] == ["Call Meg.", "Bauer."]
    assert all((CALL_MEG / turn["audio"]).is_file() for turn in scenario["turns"])
    assert scenario["source"].startswith("flite/slt")
