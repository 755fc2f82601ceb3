"""The Live page as Streamlit runs it, with the real models behind it."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from streamlit.testing.v1 import AppTest

from core.ui.resources import warm_up
from tests.paths import CALL_MEG, ROOT

LOADED_WITHIN_S = 180
TURN_1 = (CALL_MEG / "turn_1.flac").read_bytes()
TURN_2 = (CALL_MEG / "turn_2.flac").read_bytes()


@dataclass(frozen=True)
class Served:
    """A server whose models are loaded, and the page as it was before they were."""

    first_paint: AppTest


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    state = tmp_path_factory.mktemp("state")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("STORE", f"sqlite:{state / 'context.sqlite3'}")
        environment.setenv("ROOT_KEY_FILE", str(state / "root.key"))
        warm_up.clear()
        yield Served(open_app())
        wait_until_warm()
        parts = warm_up().parts
        assert parts is not None
        parts.close()
        warm_up.clear()


@pytest.fixture
def page(served: Served) -> AppTest:  # noqa: ARG001 - the server has to run
    """A new tab, once everything is loaded."""
    wait_until_warm()
    return open_app()


def open_app() -> AppTest:
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()


def wait_until_warm() -> None:
    deadline_s = time.monotonic() + LOADED_WITHIN_S
    while not warm_up().is_over:
        assert time.monotonic() < deadline_s, "the models were never loaded"
        time.sleep(0.1)


def texts(app: AppTest) -> list[str]:
    """All plain text and all own HTML on the page."""
    return [element.value for element in app.text] + [element.proto.body for element in app.get("html")]


def use_sample(app: AppTest) -> AppTest:
    [button] = [button for button in app.button if button.label.startswith("Use the clip")]
    return button.click().run()


def answer_when_context_is_ready(app: AppTest) -> None:
    talk = app.session_state["live_session"].conversation
    deadline_s = time.monotonic() + 60
    while all(stage.name != "context vector and bias list" for stage in talk.timeline.stages()):
        assert time.monotonic() < deadline_s
        time.sleep(0.02)


def test_a_real_result_is_there_before_any_model_is_loaded(served: Served) -> None:
    app = served.first_paint
    assert not app.exception
    assert any("Power." in text for text in texts(app))
    assert "Do you mean Meg Jones or Meg Bauer?" in texts(app)
    assert "Loading:" in app.status[0].label


def test_the_sample_dialogue_is_decoded_on_the_spot(page: AppTest) -> None:
    use_sample(page)
    assert texts(page)[:2] == ["Call Meg.", "Do you mean Meg Jones or Meg Bauer?"]
    answer_when_context_is_ready(page)
    use_sample(page)
    assert not page.exception
    assert texts(page)[2:4] == ["Bauer.", "Calling Meg Bauer."]
    without, with_context = [text for text in texts(page) if 'class="heard"' in text]
    assert ">Power.</mark>" in without
    assert "Bauer." in with_context
    assert "<mark title" not in with_context
    events, data = (frame.value for frame in page.dataframe)
    assert "expect-speech|" in list(events["type | reference"])
    assert len(data) == 4


def test_both_turns_by_microphone(page: AppTest) -> None:
    page.segmented_control(key="clip_source").set_value("Microphone").run()
    page.audio_input[0].upload("turn_1.wav", TURN_1).run()
    answer_when_context_is_ready(page)
    page.audio_input[0].upload("turn_2.wav", TURN_2).run()
    assert not page.exception
    assert texts(page)[:4] == ["Call Meg.", "Do you mean Meg Jones or Meg Bauer?", "Bauer.", "Calling Meg Bauer."]


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
    assert texts(page)[0] == "Call Meg."


def test_start_over_forgets_the_dialogue(page: AppTest) -> None:
    use_sample(page)
    [button] = [button for button in page.button if button.label == "Start over"]
    button.click().run()
    assert page.session_state["live_session"].results == []
    assert "Precomputed" in page.markdown[-1].value or texts(page)[0] == "Call Meg."


def test_switched_off_context_is_told(page: AppTest) -> None:
    use_sample(page)
    answer_when_context_is_ready(page)
    page.toggle[0].set_value(False).run()
    use_sample(page)
    assert any("switched off" in caption.value for caption in page.caption)
