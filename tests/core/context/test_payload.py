"""What is sealed comes back as it was."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.context.payload import decode, encode_earlier, encode_information, encode_items, encode_turn
from core.dialogue import ContextItem, Signal, Speaker, Turn

SPEAKERS: list[Speaker] = ["user", "assistant"]
SIGNALS: list[Signal] = ["contacts", "devices", "list"]
TURNS = st.lists(st.builds(Turn, st.sampled_from(SPEAKERS), st.text()))
ITEMS = st.lists(st.builds(ContextItem, st.sampled_from(SIGNALS), st.text()))


@given(TURNS, ITEMS)
def test_turns_and_items_come_back_the_items_of_each_signal_in_their_order(
    turns: list[Turn], items: list[ContextItem]
) -> None:
    opened = decode([*(encode_turn(turn) for turn in turns), *encode_items(items)])
    assert opened.turns == tuple(turns)
    first_come = list(dict.fromkeys(item.signal for item in items))
    assert opened.items == tuple(sorted(items, key=lambda item: first_come.index(item.signal)))


@given(TURNS, TURNS)
def test_earlier_turns_stand_before_the_others_wherever_their_payload_is(earlier: list[Turn], own: list[Turn]) -> None:
    payloads = [*(encode_turn(turn) for turn in own), encode_earlier(earlier)]
    assert decode(payloads).turns == decode(payloads[::-1][:1] + payloads[:-1]).turns == (*earlier, *own)


def test_what_else_is_known_comes_back_by_its_name() -> None:
    told = {"preferences": "quiet places", "device": "a car"}
    assert decode([encode_information(told)]).information == told


def test_a_service_gives_one_payload_however_many_items_it_has() -> None:
    items = [ContextItem("contacts", f"Contact {number}") for number in range(1_000)]
    assert len(encode_items([*items, ContextItem("devices", "foyer sconce")])) == 2
    assert encode_items([]) == []


@pytest.mark.parametrize("payload", [b"", b"{", b"\xff", b"{}", b'{"speaker": "user"}', b'{"signal": "contacts"}'])
def test_what_is_no_payload_raises(payload: bytes) -> None:
    with pytest.raises((ValueError, KeyError)):
        decode([payload])


def test_a_payload_is_plain_json() -> None:
    assert json.loads(encode_turn(Turn("user", "Søren"))) == {"speaker": "user", "text": "Søren"}
