"""What the texts promise: splits with nothing in common, names that belong to one dialogue, kinds that are true."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.dialogue import ContextItem
from core.errors import DataFileError
from evals.corpus import texts
from evals.corpus.build import list_items
from evals.corpus.casting import VOICES, cast, other_speakers
from evals.corpus.followups import SIGNALS, read_followups
from evals.corpus.harm import read_harm
from evals.corpus.names import MAX_ITEMS, grow_context
from evals.corpus.sets import SETS, read_dropped, read_set
from evals.corpus.texts import SPLITS, FollowUp, Split, read_texts, split_words
from evals.corpus.voices import load_hibari

ITEMS = {name: list_items(read_set(name)) for name in SETS}
ALL = [item for items in ITEMS.values() for item in items]
FILES = (*SIGNALS, "anti", "sound_alike", "no_context", "no_speech")
TEMPLATE_KEYS = ("user", "assistant", "sentence", "ordinal")
STRESS = str.maketrans("", "", "ˈˌ ")
FORMS = ("short", "full", "sentence", "ordinal")


def words_of(text: str) -> set[str]:
    return {word.casefold() for word in split_words(text)}


def list_context_words(split: Split) -> set[str]:
    return {
        word
        for item in ALL
        if item.dialogue.split == split
        for one in item.dialogue.context
        for word in words_of(one.text)
    }


def list_templates(split: Split) -> Iterator[str]:
    """All turns and answers with slots, and all answers of the set `harm`."""
    for stem in FILES:
        record = read_texts(split, stem)
        for template in record.get("template", []):
            yield from (template[key] for key in TEMPLATE_KEYS if key in template)
            yield from template.get("say", [])
            yield from (say for key in ("pairs", "homophones") for _, say in template.get(key, []))
        yield from (text for turn in record.get("turns", []) for text in turn)


def test_the_splits_have_no_word_of_a_name_in_common() -> None:
    dev, test = (list_context_words(split) for split in SPLITS)
    assert len(dev) > 500
    assert len(test) > 500
    assert not dev & test


def test_the_splits_have_no_voice_in_common() -> None:
    dev, test = ({i.follow_up.voice for i in ALL if i.dialogue.split == split} - {""} for split in SPLITS)
    assert (dev, test) == (set(VOICES["dev"]), set(VOICES["test"]))
    assert not dev & test


def test_the_splits_have_no_babbling_voice_in_common_and_nobody_babbles_behind_himself() -> None:
    for item in ALL:
        one = item.follow_up
        allowed = other_speakers(one.voice, item.dialogue.split)
        assert set(one.talkers) <= set(allowed), item.id
        assert bool(one.talkers) == (one.noise == "babble"), item.id


def test_the_two_voices_of_one_person_are_in_one_split() -> None:
    assert {"kokoro/af_heart", "hibari/heart"} <= set(VOICES["dev"])
    assert not {"kokoro/af_heart", "hibari/heart"} & set(other_speakers("hibari/heart", "dev"))


def test_the_splits_have_no_template_in_common() -> None:
    dev, test = (set(list_templates(split)) for split in SPLITS)
    assert len(dev) > 150
    assert len(test) > 150
    assert not dev & test


def test_each_split_has_several_families_and_accents() -> None:
    for split in SPLITS:
        families = {voice.partition("/")[0] for voice in VOICES[split]}
        assert len(families) >= 2
        assert {"kokoro/a", "kokoro/b"} <= {voice[:8] for voice in VOICES[split]}


def test_all_eighteen_voices_of_kokoro_are_used() -> None:
    assert sum(voice.startswith("kokoro/") for split in SPLITS for voice in VOICES[split]) == 18


def test_a_spoken_name_is_part_of_one_dialogue_only() -> None:
    offered = Counter(
        words for dialogue in read_followups() for words in {one.entity for one in dialogue.follow_ups if one.entity}
    )
    assert [name for name, dialogues in offered.items() if dialogues > 1] == []
    ids = [dialogue.id for dialogue in (*read_followups(), *read_harm())]
    assert len(set(ids)) == len(ids)


def test_where_no_entity_is_said_no_word_of_the_context_is_said() -> None:
    for item in ALL:
        if item.follow_up.kind != "positive":
            context = {word for one in item.dialogue.context for word in words_of(one.text)}
            assert not words_of(item.follow_up.say) & context, item.id


def test_a_small_context_holds_two_to_twelve_items_and_a_long_one_what_its_id_says() -> None:
    for item in ALL:
        size, kind = len(item.dialogue.context), item.follow_up.kind
        if item.follow_up.clip:
            assert item.id == f"{item.follow_up.clip}-{size}"
        else:
            assert (size == 0) if kind == "no_context" else (2 <= size <= MAX_ITEMS), item.id
        assert len(set(item.dialogue.context)) == size, item.id


def test_long_lists_change_nothing_but_the_list_and_each_holds_the_smaller_one() -> None:
    by_id = {item.id: item for item in ALL}
    for item in ALL:
        if not item.follow_up.clip:
            continue
        small, size = by_id[item.follow_up.clip], len(item.dialogue.context)
        assert (item.dialogue.id, item.dialogue.turns, item.audio) == (
            small.dialogue.id,
            small.dialogue.turns,
            small.audio,
        )
        assert item.follow_up.say == small.follow_up.say
        smaller = {200: small.id, 1000: f"{small.id}-200", 2000: f"{small.id}-1000"}[size]
        assert set(by_id[smaller].dialogue.context) < set(item.dialogue.context), item.id


def test_a_positive_answer_names_an_item_of_the_context_in_a_form() -> None:
    for item in ITEMS["followups"]:
        one = item.follow_up
        assert one.form in FORMS
        assert (one.kind == "positive") == (one.form != "ordinal") == bool(one.bias_words), item.id
        if one.kind == "positive":
            assert one.entity in {context.text for context in item.dialogue.context}, item.id


def test_what_was_dropped_was_an_answer_of_the_set() -> None:
    answers = {one.id for dialogue in read_followups() for one in dialogue.follow_ups if one.kind == "positive"}
    assert set(read_dropped()) <= answers
    assert not set(read_dropped()) & {item.follow_up.clip_id for item in ITEMS["followups"]}


def test_exact_homophones_are_those_with_the_same_phonemes() -> None:
    """The phonemes are hibari's, as for all of Kokoro's voices; stress is not told apart."""
    for split in SPLITS:
        for template in read_texts(split, "sound_alike")["template"]:
            pairs = {True: template["homophones"], False: template["pairs"]}
            for homophone, (name, say) in ((h, pair) for h, told in pairs.items() for pair in told):
                same = {list_phonemes(word) for word in name.split()} & {list_phonemes(w) for w in split_words(say)}
                assert bool(same) == homophone, name


def list_phonemes(word: str) -> str:
    return str(load_hibari().g2p(word)).translate(STRESS)


def test_only_a_sound_alike_is_a_homophone_or_not() -> None:
    assert {item.follow_up.homophone for item in ALL if item.follow_up.kind != "sound_alike"} == {None}


@pytest.mark.parametrize(
    ("say", "entity", "bias_words"),
    [
        ("Thorne.", "Ada Thorne", ["Thorne"]),
        ("Ada Thorne.", "Ada Thorne", ["Ada", "Thorne"]),
        ("Call Ada Thorne, please.", "Ada Thorne", ["Ada", "Thorne"]),
        ("The garret lamp!", "Garret Lamp", ["garret", "lamp"]),
        ("Never mind.", "", []),
        ("", "", []),
    ],
)
def test_bias_words_are_the_words_of_the_entity_without_punctuation(
    say: str, entity: str, bias_words: list[str]
) -> None:
    assert FollowUp("x", "positive", seed=0, say=say, entity=entity).bias_words == bias_words


def test_an_answer_is_spoken_the_same_way_whatever_else_is_in_the_set() -> None:
    assert cast("dev-contacts-ada-1", "dev") == cast("dev-contacts-ada-1", "dev")
    roles = {cast(f"dev-contacts-ada-{number}", "dev") for number in range(50)}
    assert {(role.noise, role.snr_db) for role in roles} >= {("none", None), ("pink", 5), ("babble", 5)}


def test_more_items_than_the_word_lists_make_are_an_error() -> None:
    with pytest.raises(DataFileError, match="makes fewer than 5000 items of screen"):
        grow_context((ContextItem("screen", "Moussaka"),), 5000, "dev", "seed", said="")


@pytest.mark.parametrize(
    ("stem", "record"),
    [
        ("contacts", {}),
        ("contacts", {"signal": "contacts", "short": "last", "template": [{"user": "Call.", "names": [["A", "B"]]}]}),
        ("devices", {"signal": "devices", "short": "first", "template": [{"users": "Call.", "names": [["A", "B"]]}]}),
    ],
)
def test_a_template_that_cannot_be_used_is_named(
    stem: str, record: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(split: Split, asked: str) -> dict[str, Any]:
        return record if asked == stem else read_texts(split, asked)

    monkeypatch.setattr("evals.corpus.followups.read_texts", read)
    with pytest.raises(DataFileError, match=rf"^dev/{stem}\.toml holds a template"):
        read_followups()


@pytest.mark.parametrize("content", [b"no toml at all", b"\xff"])
def test_a_broken_file_is_named(content: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "anti.toml").write_bytes(content)
    monkeypatch.setattr(texts, "TEXTS_DIR", tmp_path)
    with pytest.raises(DataFileError, match=r"^dev/anti\.toml cannot be read"):
        read_texts("dev", "anti")


def test_a_list_of_dropped_answers_that_is_not_there_names_the_check(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match=r"evals\.corpus\.check"):
        read_dropped(tmp_path / "dropped.json")
