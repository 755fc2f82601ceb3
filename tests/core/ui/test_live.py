"""The Live page as Streamlit runs it, with the real models behind it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.testing.v1 import AppTest

from core.errors import DataFileError, MicrophoneError
from core.speech.admission import Admission
from core.speech.audio import SAMPLE_RATE, Samples, decode_clip, read_clip
from core.speech.microphone import BLOCK_SAMPLES
from core.ui.components import clip_input
from core.ui.components.catalogue_editor import build_catalogue
from core.ui.components.snapshot import DETAILED
from core.ui.components.surroundings import read_entries
from core.ui.session import SIGNALS, LiveSession
from evals.manifest import read_manifest
from tests.core.ui.served import (
    ask_by_sample,
    open_page,
    press,
    serve,
    texts,
    unfold,
    wait_for_context,
    wait_until_warm,
)
from tests.paths import CALL_MEG

TURN_1 = (CALL_MEG / "turn_1.flac").read_bytes()
TURN_2 = (CALL_MEG / "turn_2.flac").read_bytes()


@dataclass(frozen=True)
class Served:
    """The page as it was before the models were loaded."""

    first_paint: AppTest


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("state")):
        yield Served(open_page("live"))


@pytest.fixture
def page(served: Served) -> AppTest:  # noqa: ARG001 - the server has to run
    """A new tab, once everything is loaded."""
    wait_until_warm()
    return open_page("live")


def session_of(app: AppTest) -> LiveSession:
    session: LiveSession = app.session_state["live_session"]
    return session


def catalogue_frames(session: LiveSession) -> dict[str, pd.DataFrame]:
    """The tables as the editor shows them."""
    names = ("contacts", "devices", "places")
    return {name: pd.DataFrame([asdict(one) for one in getattr(session.catalogue, name)]) for name in names}


def test_a_real_result_is_there_before_any_model_is_loaded(served: Served) -> None:
    app = served.first_paint
    assert not app.exception
    assert any("Power." in text for text in texts(app))
    assert "Do you mean Meg Jones or Meg Bauer?" in texts(app)
    assert "Loading:" in app.status[0].label


def test_the_sample_dialogue_is_decoded_on_the_spot_and_explained(page: AppTest) -> None:
    ask_by_sample(page)
    assert texts(page)[:2] == ["call Meg", "Do you mean Meg Jones or Meg Bauer?"]
    press(page, "Use the clip")
    assert not page.exception
    assert texts(page)[2:4] == ["Bauer.", "Calling Meg Bauer."]
    without, with_context = [text for text in texts(page) if 'class="heard"' in text]
    assert ">Power.</mark>" in without
    assert "Bauer." in with_context
    assert "<mark title" not in with_context
    assert any("Bauer ← contact Meg Bauer, asked in the last turn" in text for text in texts(page))


def test_an_uploaded_file_is_heard(page: AppTest) -> None:
    page.segmented_control(key="clip_source").set_value("File").run()
    page.file_uploader[0].upload("turn_1.flac", TURN_1, "audio/flac").run()
    wait_for_context(page)
    page.file_uploader[0].upload("turn_2.flac", TURN_2, "audio/flac").run()
    assert texts(page)[:4] == ["call Meg", "Do you mean Meg Jones or Meg Bauer?", "Bauer.", "Calling Meg Bauer."]


def test_an_uploaded_file_is_dropped_once_it_was_read(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[MemoryUploadedFileManager] = []
    remove = MemoryUploadedFileManager.remove_file

    def note(manager: MemoryUploadedFileManager, session_id: str, file_id: str) -> None:
        assert manager.get_files(session_id, [file_id])
        remove(manager, session_id, file_id)
        kept.append(manager)

    monkeypatch.setattr(MemoryUploadedFileManager, "remove_file", note)
    page.segmented_control(key="clip_source").set_value("File").run()
    page.file_uploader[0].upload("turn_1.flac", TURN_1, "audio/flac").run()
    assert texts(page)[0] == "call Meg"
    [manager] = kept
    assert not any(manager.file_storage.values())


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("empty.wav", b"", "no bytes"),
        ("picture.wav", b"\x89PNG\r\n\x1a\n" + bytes(100), "WAV, FLAC, MP3"),
        ("broken.flac", TURN_1[:60], "damaged"),
    ],
)
def test_a_file_that_is_no_speech_is_one_clear_line_and_the_page_goes_on(
    page: AppTest, name: str, data: bytes, said: str
) -> None:
    page.segmented_control(key="clip_source").set_value("File").run()
    page.file_uploader[0].upload(name, data, "audio/wav").run()
    assert not page.exception
    assert said in page.error[0].value
    page.file_uploader[0].upload("turn_1.flac", TURN_1, "audio/flac").run()
    assert not page.error
    assert texts(page)[0] == "call Meg"


def test_who_speaks_when_too_many_do_is_told_and_can_say_it_again(page: AppTest) -> None:
    session, admission = session_of(page), Admission(within_s=1.0)
    session.conversation.parts = session.parts = replace(session.parts, admission=admission)
    with admission.turn():
        press(page, "Use the clip")
        assert page.error[0].value == "Too many are speaking at once: wait a few seconds and say it again."
        assert session.results == []
    press(page, "Use the clip")
    assert not page.error
    with admission.turn():
        session.decode_again(frozenset())
        assert session.problem is not None
    assert texts(page)[0] == "call Meg"


def test_start_over_forgets_the_dialogue(page: AppTest) -> None:
    press(page, "Use the clip")
    press(page, "Start over")
    assert session_of(page).results == []
    assert page.header[0].value == "Ask for something"


def test_switched_off_context_is_told(page: AppTest) -> None:
    ask_by_sample(page)
    page.toggle(key="context_enabled").set_value(False).run()
    press(page, "Use the clip")
    assert any("switched off" in line.value for line in page.markdown)


def test_without_its_signals_the_name_is_not_found(page: AppTest) -> None:
    ask_by_sample(page)
    for signal in ("contacts", "prior_turn"):
        page.checkbox(key=f"signals_{signal}").uncheck().run()
    press(page, "Use the clip")
    assert session_of(page).results[-1][0].recognition.text == "Power."
    assert any("no context" in line.value for line in page.markdown)


def test_what_if_decodes_the_same_clip_and_leaves_the_conversation(page: AppTest) -> None:
    ask_by_sample(page)
    press(page, "Use the clip")
    for signal in ("contacts", "prior_turn"):
        page.checkbox(key=f"what_if_{signal}").uncheck().run()
    press(page, "Decode again")
    assert "Power." in [text for text in texts(page) if 'class="heard"' in text][2]
    assert len(session_of(page).results) == 2
    page.checkbox(key="what_if_prior_turn").check().run()
    press(page, "Decode again")
    assert "Bauer." in [text for text in texts(page) if 'class="heard"' in text][2]


def test_a_turn_is_kept_as_a_test_case(page: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ask_by_sample(page)
    press(page, "Use the clip")
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    press(page, "Save this turn")
    press(page, "Save this turn")
    first, second = read_manifest(tmp_path / "my_turns" / "manifest.jsonl")
    assert (first.utterance_id, second.utterance_id) == ("turn-0001", "turn-0002")
    assert (first.kind, first.text, first.bias_words) == ("positive", "Bauer.", ("Bauer.",))
    assert [turn.text for turn in first.dialogue] == ["call Meg", "Do you mean Meg Jones or Meg Bauer?"]
    assert "Meg Bauer" in {item.text for item in first.context}
    assert decode_clip(first.audio_path.read_bytes()).digest == decode_clip(TURN_2).digest
    page.run()
    assert "turn-0002" in page.success[0].value, "whatever makes the page run anew"


def test_a_turn_that_cannot_be_kept_is_told(page: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ask_by_sample(page)
    (tmp_path / "my_turns").touch()
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    press(page, "Save this turn")
    assert "my_turns" in page.error[0].value
    assert not page.success
    assert not page.exception


def test_an_edited_address_book_changes_the_answer(page: AppTest) -> None:
    session = session_of(page)
    frames = catalogue_frames(session)
    frames["contacts"].loc[len(frames["contacts"])] = ["Meg Brown"]
    session.use_catalogue(build_catalogue(session.catalogue, frames))
    press(page, "Use the clip")
    assert texts(page)[1] == "Do you mean Meg Jones, Meg Bauer or Meg Brown?"


def test_a_wrong_table_is_one_clear_line_and_changes_nothing(page: AppTest) -> None:
    session = session_of(page)
    frames = catalogue_frames(session)
    frames["devices"].loc[0, "kind"] = "rocket"
    with pytest.raises(DataFileError, match=r"devices\.csv, line 2, kind"):
        build_catalogue(session.catalogue, frames)
    press(unfold(page, "catalogue"), "Use these")
    assert page.success[0].value == "The assistant knows them from the next turn on."


def test_of_a_long_conversation_the_newest_turns_stand_in_detail(page: AppTest) -> None:
    for _ in range(DETAILED + 1):
        press(page, "Use the clip")
    assert len(page.chat_message) == 2 * (DETAILED + 1)
    timelines = [text for text in texts(page) if 'class="timeline"' in text]
    assert len(timelines) == DETAILED
    assert "Turn 2<" in timelines[0]
    assert f"Turn {DETAILED + 1}<" in timelines[-1]


def choose_sample(app: AppTest, title: str) -> AppTest:
    return app.selectbox(key="sample").select(title).run()


def test_only_the_wake_words_voice_counts_once_it_is_switched_on(page: AppTest) -> None:
    choose_sample(page, "Somebody else is talking")
    press(page, "Use the clip")
    assert "train" in texts(page)[0]
    press(page, "Start over")
    page.toggle(key="anchored").set_value(True).run()
    press(page, "Use the clip")
    assert not page.exception
    assert texts(page)[0] == "Alexa, can you call Meg?"
    everybody, one_voice = [text for text in texts(page) if 'class="heard"' in text]
    assert "train" in everybody
    assert "train" not in one_voice
    assert any(line.value.startswith("Left out: ") for line in page.markdown)


def test_without_the_wake_word_it_is_told_that_everything_counts(page: AppTest) -> None:
    page.toggle(key="anchored").set_value(True).run()
    press(page, "Use the clip")
    assert any("No “Alexa” was heard" in line.value for line in page.markdown)


def test_what_if_hears_what_was_heard(page: AppTest) -> None:
    choose_sample(page, "Somebody else is talking")
    page.toggle(key="anchored").set_value(True).run()
    session = session_of(page)
    session.show(("Meg Ryan",))
    press(page, "Use the clip")
    press(page, "Decode again")
    assert session.what_if is not None
    assert "train" not in session.what_if.without_context


def test_a_list_on_the_screen_is_named_and_pointed_at(page: AppTest) -> None:
    choose_sample(page, "A list on the screen")
    assert texts(page)[:4] == [
        "1. Saltwater Roasters",
        "2. The Blue Kettle",
        "3. Philomena's",
        "4. Tamarack Espresso Bar",
    ]
    press(page, "Use the clip “Show me")
    assert not page.exception
    assert "4. Tamarack Espresso Bar ← opened" in texts(page)
    assert any("Tamarack ← entry Tamarack Espresso Bar, shown on the device" in text for text in texts(page))
    press(page, "Use the clip “The second one")
    assert "2. The Blue Kettle ← opened" in texts(page)
    press(unfold(page, "surroundings"), "Switch the screen off")
    assert session_of(page).screen == ()


def test_a_list_that_the_user_fills_is_shown(page: AppTest) -> None:
    press(unfold(page, "surroundings"), "Show this list")
    session = session_of(page)
    assert session.screen == tuple(place.name for place in session.catalogue.places[:4])
    frame = pd.DataFrame({"entry": ["  Blue   Harbour ", None, "", "First Light", "Blue Harbour"]})
    assert read_entries(frame) == ("Blue Harbour", "First Light")


def test_what_was_never_unfolded_is_not_drawn_and_what_was_stays(page: AppTest) -> None:
    assert not [box for box in page.text_input if box.key == "likes"]
    unfold(page, "surroundings").text_input(key="likes").input("old friends").run()
    page.session_state["surroundings"] = False
    page.run()
    assert page.text_input(key="likes").value == "old friends"


def test_what_the_user_likes_is_told_with_the_next_question(page: AppTest) -> None:
    unfold(page, "surroundings").text_input(key="likes").input("old friends").run()
    ask_by_sample(page)
    session = session_of(page)
    assert session.conversation.information == {"preferences": "old friends"}
    press(page, "Start over")
    assert session.conversation.information == {"preferences": "old friends"}


def test_what_was_asked_for_twice_is_done_once(page: AppTest) -> None:
    session = session_of(page)
    work = lambda: session.hear(TURN_1)  # noqa: E731
    session.ask(work)
    second = session.pending
    session.work_off()
    session.pending = second
    session.work_off()
    assert len(session.results) == 1


def test_a_reply_is_noted_as_heard_once_and_by_its_name(page: AppTest) -> None:
    ask_by_sample(page)
    session = session_of(page)
    session.note_heard("another reply", 3000.0, 100.0)
    for _ in range(2):
        session.note_heard(session.reply_id, 3000.0, 100.0)
    heard = [stage for stage in session.conversation.timeline.stages() if stage.name == "reply heard"]
    assert [round(stage.duration_ms) for stage in heard] == [2900]


def test_who_speaks_into_the_reply_barges_in_once_and_it_is_not_played_again(page: AppTest) -> None:
    ask_by_sample(page)
    session = session_of(page)
    session.note_barged_in("another reply")
    for _ in range(2):
        session.note_barged_in(session.reply_id)
    session.note_heard(session.reply_id, 3000.0, 100.0)
    names = [stage.name for stage in session.conversation.timeline.stages()]
    assert (names.count("barged in"), names.count("reply heard"), session.reply_unheard) == (1, 0, False)


class Recording:
    """Plays a clip and then silence, in the place of this machine's microphone."""

    def __init__(self, clip: Path) -> None:
        self._samples = np.concatenate([read_clip(clip).samples, np.zeros(2 * SAMPLE_RATE, np.float32)])

    def read_block(self) -> Samples:
        block, self._samples = np.split(self._samples, [BLOCK_SAMPLES])
        return block


def test_hands_free_with_this_machines_microphone(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    clips = iter([CALL_MEG / "turn_1.flac", CALL_MEG / "turn_2.flac"])
    monkeypatch.setattr(clip_input, "open_here", lambda _device: nullcontext(Recording(next(clips))))
    monkeypatch.setattr(clip_input, "runs_locally", lambda: True)  # without a browser nobody is anywhere
    page.run()
    page.segmented_control(key="clip_source").set_value(clip_input.HERE).run()
    press(page, "Speak")
    wait_for_context(page)
    clip_input.listen_here(session_of(page))  # as the browser calls it once the reply was heard
    page.run()
    assert texts(page)[:4] == ["Call Meg.", "Do you mean Meg Jones or Meg Bauer?", "Bauer.", "Calling Meg Bauer."]
    names = [stage.name for stage in session_of(page).conversation.timeline.stages()]
    assert names.count("microphone open") == 2


def test_a_machine_without_a_microphone_says_so(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_device: int | None) -> AbstractContextManager[Recording]:
        raise MicrophoneError("This machine has no input device: connect a microphone and try again.")

    monkeypatch.setattr(clip_input, "open_here", refuse)
    monkeypatch.setattr(clip_input, "runs_locally", lambda: True)  # without a browser nobody is anywhere
    page.run()
    page.segmented_control(key="clip_source").set_value(clip_input.HERE).run()
    press(page, "Speak")
    assert "no input device" in page.error[0].value


def test_two_tabs_share_no_session(page: AppTest) -> None:
    press(page, "Use the clip")
    other = open_page("live")
    assert session_of(other).results == []
    assert session_of(other).signals == frozenset(SIGNALS)
