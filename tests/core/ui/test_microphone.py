"""What the microphone's component reports, and to whom."""

from typing import Any

import streamlit as st

from core.ui.components.microphone import KEY, hand_over


def test_a_report_goes_to_the_page_unless_the_user_has_left_it() -> None:
    taken: list[dict[str, Any]] = []
    st.session_state[KEY] = {"heard": {"reply_id": "r1"}}
    hand_over("heard", taken.append)
    del st.session_state[KEY]
    hand_over("heard", taken.append)
    assert taken == [{"reply_id": "r1"}]
