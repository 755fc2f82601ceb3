"""Whole pages, read back as HTML."""

import base64
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from core.dialogue import ContextItem, Turn
from evals.description import describe_data
from evals.finished import FinishedRun, read_finished_run
from evals.manifest import read_manifest
from evals.report.__main__ import main
from evals.report.page import MINUS, UNDEFINED, format_p, format_points, format_share, place_interval, render_report
from evals.results import write_json
from tests.commands import exit_status
from tests.evals.builders import manifest_line, recognition, reference, write_finished_run, write_set

CONTACTS = ("Meg Jones", "Meg Bauer")
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7 * 7 }}"
TURNS = [
    (reference(1, "Bauer.", dialogue_id="a", bias_words=("Bauer",), context=CONTACTS), recognition("Power.", "Bauer!")),
    (reference(2, "Power off.", "sound_alike", "b", context=CONTACTS), recognition("Power off.", "Bauer off.")),
    (reference(3, "Never mind", "anti", "c", context=CONTACTS), recognition("Never mind.", "Never mind.")),
]


class Page(HTMLParser):
    """All elements with their attributes, and the text outside script and style."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag if tag in {"script", "style"} else ""

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        self.text += "" if self._inside else data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture
def run(tmp_path: Path) -> FinishedRun:
    return read_finished_run(write_finished_run(tmp_path / "run", TURNS))


def test_the_page_tells_gain_harm_utterances_and_provenance(run: FinishedRun) -> None:
    page = Page(render_report(run))
    for told in ("There are too few dialogues", "false accepts", "Fixed by context", "Broken by context", "tiny.en"):
        assert told in page.text
    rows = [row["data-id"] for row in page.all("tr") if "data-id" in row]
    assert rows == ["u2", "u1", "u3"]


def test_the_page_asks_nothing_of_any_server(run: FinishedRun) -> None:
    html = render_report(run)
    page = Page(html)
    targets = [
        value for _, attributes in page.elements for name, value in attributes.items() if name in {"src", "href"}
    ]
    assert not [target for target in targets if not str(target).startswith("data:")]
    assert not re.search(r"https?://|@import|url\(", html)
    assert "default-src 'none'" in html


def test_every_text_is_escaped(tmp_path: Path) -> None:
    hostile = replace(
        reference(1, HOSTILE, slices={HOSTILE: HOSTILE}),
        utterance_id=HOSTILE,
        dialogue_id=HOSTILE,
        speaker=HOSTILE,
        source=HOSTILE,
        bias_words=(HOSTILE,),
        context=(ContextItem("contacts", HOSTILE),),
        dialogue=(Turn("assistant", HOSTILE),),
    )
    ablated = [(one, {**arms, HOSTILE: arms["with_context"]}) for one, arms in TURNS]
    turns = [(hostile, recognition(HOSTILE, f"{HOSTILE} more", "used", **{HOSTILE: HOSTILE})), *ablated]
    folder = write_finished_run(tmp_path / "run", turns)
    write_json(folder / "run.json", {"set": HOSTILE, "model": HOSTILE, "seed": 1, HOSTILE: {"x": HOSTILE}})
    page = Page(render_report(read_finished_run(folder)))
    assert len(page.all("script")) == 1
    assert page.all("img") == []
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    assert page.text.count(HOSTILE) > 10
    assert "49" not in page.text.replace(HOSTILE, "")


@pytest.fixture
def heard(tmp_path: Path) -> tuple[FinishedRun, Path]:
    """A run that was made on the set beside it, whose clips are no speech but bytes to find again."""
    lines = [manifest_line(number, audio_filepath=f"audio/{number}.flac") for number in (1, 2, 3)]
    manifest = write_set(tmp_path / "set", lines)
    for line in lines:
        (manifest.parent / line["audio_filepath"]).write_bytes(line["audio_filepath"].encode())
    folder = write_finished_run(tmp_path / "run", TURNS)
    data = describe_data(manifest, read_manifest(manifest), None)
    write_json(folder / "run.json", {**data, "set": "followups/manifest.jsonl", "model": "tiny.en", "seed": 7})
    return read_finished_run(folder), manifest


def embedded(html: str) -> list[bytes]:
    sources = [str(audio["src"]) for audio in Page(html).all("audio")]
    assert all(source.startswith("data:audio/flac;base64,") for source in sources)
    return [base64.b64decode(source.partition(",")[2]) for source in sources]


def test_clips_are_in_the_page_where_the_arms_differ(heard: tuple[FinishedRun, Path]) -> None:
    html = render_report(*heard)
    assert embedded(html) == [b"audio/2.flac", b"audio/1.flac"]
    assert "for 2 of the 2 utterances whose arms differ (at most 12 MB)" in html


def test_the_worst_regressions_are_heard_first_where_room_is_short(heard: tuple[FinishedRun, Path]) -> None:
    html = render_report(*heard, max_audio_bytes=20)
    assert embedded(html) == [b"audio/2.flac"]
    assert "for 1 of the 2 utterances" in html


def test_other_audio_than_that_of_the_run_is_refused(
    heard: tuple[FinishedRun, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    run, manifest = heard
    (manifest.parent / "audio" / "1.flac").write_bytes(b"another voice")
    assert exit_status(main, [str(run.folder), "--manifest", str(manifest)]) == 1
    assert "is not what" in capsys.readouterr().err
    assert not (run.folder / "report.html").exists()


def test_a_run_whose_set_is_not_at_hand_says_so(run: FinishedRun) -> None:
    html = render_report(run)
    assert embedded(html) == []
    assert "Without audio" in html


def test_the_command_writes_into_the_run_or_elsewhere(run: FinishedRun, tmp_path: Path) -> None:
    assert main([str(run.folder)]) == 0
    assert main([str(run.folder), "--out", str(tmp_path / "page.html")]) == 0
    assert (run.folder / "report.html").read_text() == (tmp_path / "page.html").read_text()


def test_a_run_of_one_arm_has_no_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = [(one, {"without_context": arms["without_context"]}) for one, arms in TURNS]
    assert exit_status(main, [str(write_finished_run(tmp_path / "run", plain))]) == 1
    assert "with_context" in capsys.readouterr().err


def test_silence_alone_still_makes_a_page(tmp_path: Path) -> None:
    silent = [(reference(1, "", "no_speech"), recognition("", "", "rejected"))]
    page = Page(render_report(read_finished_run(write_finished_run(tmp_path / "run", silent))))
    assert "so a relative gain is undefined" in page.text
    assert "nothing to trade" in page.text
    assert json.dumps(page.elements).count("polyline") == 0


@pytest.mark.parametrize(
    ("value", "share", "points"),
    [
        (None, UNDEFINED, UNDEFINED),
        (0.0, "0.0", "0.0"),
        (0.123, "12.3", "+12.3"),
        (-0.5, f"{MINUS}50.0", f"{MINUS}50.0"),
        (-0.0001, "0.0", "0.0"),
    ],
)
def test_numbers_are_written_for_readers(value: float | None, share: str, points: str) -> None:
    assert (format_share(value), format_points(value)) == (share, points)


@pytest.mark.parametrize(("value", "text"), [(None, UNDEFINED), (0.0001, "< 0.001"), (0.25, "0.250"), (1.0, "1.000")])
def test_p_values_are_written_for_readers(value: float | None, text: str) -> None:
    assert format_p(value) == text


@pytest.mark.parametrize(
    ("value", "low", "high", "places"),
    [
        (0.5, 0.0, 1.0, {"value": 75.0, "low": 50.0, "high": 100.0}),
        (-0.5, -4.0, 0.2, {"value": 25.0, "low": 0.0, "high": 60.0}),
        (0.5, None, None, None),
    ],
)
def test_intervals_are_cut_off_at_the_ends_of_their_scale(
    value: float, low: float | None, high: float | None, places: dict[str, float] | None
) -> None:
    assert place_interval({"value": value, "low": low, "high": high}) == places
